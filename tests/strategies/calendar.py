"""Hypothesis strategies for the calendar: timezones (odd ones often), days and instants."""

from datetime import UTC, date, datetime
from zoneinfo import available_timezones

from hypothesis import strategies as st

from sparky_assets.periods import PeriodKind

EVERY_TIMEZONE = sorted(available_timezones())

AWKWARD_TIMEZONES = (
    "Africa/Cairo",  # skips midnight in spring
    "America/Goose_Bay",  # until 2011 went back at 00:01, so that the evening before happened twice
    "America/Havana",  # has midnight twice in autumn
    "America/Santiago",  # skips midnight in September, has 23:00 twice in April
    "America/St_Johns",  # half an hour off, back at 00:01 until 2011, by two hours in 1988
    "Antarctica/Casey",  # three hours at once
    "Asia/Beirut",  # skips midnight
    "Asia/Kathmandu",  # moved by a quarter of an hour
    "Australia/Lord_Howe",  # half an hour of summer time
    "Europe/Berlin",
    "Pacific/Apia",  # there was no 2011-12-30
    "Pacific/Kiritimati",  # UTC+14; there was no 1994-12-31
    "UTC",
)

kinds = st.sampled_from(list(PeriodKind))
timezones = st.sampled_from(AWKWARD_TIMEZONES) | st.sampled_from(EVERY_TIMEZONE)
days = st.dates(date(1970, 2, 1), date(2105, 11, 30))
instants = st.datetimes(datetime(1970, 3, 1), datetime(2105, 11, 30), timezones=st.just(UTC))
