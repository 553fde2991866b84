"""When things are made: schedules, sensors, alerts. Nothing here knows how anything is made."""
