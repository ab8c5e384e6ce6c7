from io import BytesIO
from threading import Event, Thread
from zlib import compress, crc32

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts import pictures
from courses.pictures import picture_from

MAKERS = [pictures.square_picture, picture_from]


def upload(format, size):
    written = BytesIO()
    Image.new("RGB", size).save(written, format)
    return SimpleUploadedFile("a", written.getvalue())


@pytest.mark.parametrize("make", MAKERS)
def test_a_small_file_may_not_unpack_to_a_large_picture(make):
    bomb = upload("WEBP", (4_100, 4_000))
    assert bomb.size < 100_000
    with pytest.raises(ValidationError, match="at most 16 million"):
        make(bomb)


@pytest.mark.parametrize("make", MAKERS)
def test_a_photograph_of_a_good_camera_is_taken(make):
    assert make(upload("JPEG", (6_000, 4_000))).size


def progressive(*, scans, thumbnail=b""):
    """A photograph of which the last scan comes so many times more; `thumbnail` stands in a segment of its own."""
    written = BytesIO()
    Image.new("L", (64, 64), 128).save(written, "JPEG", progressive=True, exif=b"Exif\0\0" + thumbnail)
    whole = written.getvalue()
    last, end = whole.rindex(b"\xff\xda"), len(whole) - 2
    return SimpleUploadedFile("a", whole[:end] + whole[last:end] * scans + whole[end:])


def laborious():
    """Files that are small beside the work of looking at them."""
    drawing, photograph = (upload(format, (9, 9)).read() for format in ("PNG", "JPEG"))
    profile = b"a\0\0" + compress(bytes(900_000))
    chunk = len(profile).to_bytes(4) + b"iCCP" + profile + crc32(b"iCCP" + profile).to_bytes(4)
    yield drawing[:33] + chunk * 1_000 + drawing[33:]
    for nothing in (b"\xff\xfe\0\2", b"\xff", b"\xff\0"):
        yield photograph[:2] + nothing * 100_000 + photograph[2:]
    yield progressive(scans=1_000).read()


@pytest.mark.parametrize("make", MAKERS)
def test_a_small_file_may_not_ask_for_much_work(make):
    for file in laborious():
        with pytest.raises(ValidationError, match="Choose a JPEG"):
            make(SimpleUploadedFile("a", file))


@pytest.mark.parametrize("make", MAKERS)
def test_a_progressive_photograph_is_taken_with_its_thumbnail_and_what_a_phone_put_behind_it(make):
    photograph = progressive(scans=3, thumbnail=b"\xff\xda" * 100)
    film = b"\xff\xda\0\2" * 100
    assert make(SimpleUploadedFile("a", photograph.read() + film)).size


@pytest.mark.parametrize("make", MAKERS)
def test_a_process_opens_one_picture_at_a_time(make, monkeypatch):
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.1)
    is_open, may_close = Event(), Event()

    def hold():
        with pictures.opened_picture(upload("PNG", (9, 9)), side=9):
            is_open.set()
            may_close.wait(10)

    other = Thread(target=hold)
    other.start()
    try:
        assert is_open.wait(10)
        with pytest.raises(ValidationError, match="Try again in a moment"):
            make(upload("PNG", (9, 9)))
    finally:
        may_close.set()
        other.join()
    assert make(upload("PNG", (9, 9))).size
