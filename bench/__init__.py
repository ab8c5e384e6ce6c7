"""How much a page costs, on the data of 10,000 learners: `python -m bench`, or `make bench`."""
