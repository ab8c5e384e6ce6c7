"""How long something took, in words."""

from django.utils.translation import gettext


def time_label(seconds: int) -> str:
    """`7503` reads "2 h 5 min", `45` "45 s", `0` "0 min": the two largest units, from a minute on no seconds."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        parts = [gettext("%(n)s h") % {"n": f"{hours:,}"}]
        return " ".join([*parts, gettext("%(n)d min") % {"n": minutes}] if minutes else parts)
    return gettext("%(n)d s") % {"n": rest} if rest and not minutes else gettext("%(n)d min") % {"n": minutes}
