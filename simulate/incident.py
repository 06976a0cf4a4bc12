"""One deliverability incident in the middle of the period: a tenant mails an old list, and a mailbox provider answers.

day 0   the campaign `win-back` goes to addresses that heard nothing for years: unknown users, complaints
day 1   Outlook defers what the tenant sends from one of its outgoing addresses; some of it gets through, some expires
day 2   Outlook refuses it outright
day 3   all is well again
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

PROVIDER = "Outlook"
CAMPAIGN = "win-back"


@dataclass(frozen=True, slots=True)
class Incident:
    tenant: str
    outgoing_ip: str
    campaign_day: date

    def is_win_back(self, tenant: str, day: date) -> bool:
        return tenant == self.tenant and day == self.campaign_day

    def answer(self, provider: str, outgoing_ip: str, day: date) -> str | None:
        """`deferred` or `refused` where the incident decides a message's fate, else None."""
        if provider != PROVIDER or outgoing_ip != self.outgoing_ip:
            return None
        return {1: "deferred", 2: "refused"}.get((day - self.campaign_day).days)


def incident_of(tenant: str, outgoing_ip: str, first_day: date, days: int) -> Incident:
    """On the Tuesday nearest to the middle from which three days fit, or on the first day of a shorter period."""
    fitting = [first_day + timedelta(days=number) for number in range(max(1, days - 3))]
    middle = first_day + timedelta(days=days // 2)
    tuesdays = [day for day in fitting if day.weekday() == 1]
    return Incident(tenant, outgoing_ip, min(tuesdays or fitting[:1], key=lambda day: abs((day - middle).days)))
