"""Answers to exercise 5, each for the cell of the same name."""

# %% answer-1
ninth = panel[panel["month"] == 9]
work_week = (ninth["hours"] >= week).groupby(ninth["route"]).mean()

# %% answer-2
ours = readings[readings["reading"] == "ours"].set_index(["assumption", "route"])["value"]
values = readings.set_index(["assumption", "route"])["value"]
moves = 100 * (values - ours.reindex(values.index)).abs().groupby("assumption").max()[shares]

# %% answer-3
work = panel.pivot(index="person_id", columns="month", values="employed").eq(True)
later = work.drop(columns=0).any(axis=1)
by_reading = {
    "ours": work.any(axis=1).mean(),
    "without_month_0": later.mean(),
    "not_at_referral": later[~work[0]].mean(),
}
same = {name: round(100 * share) == 69 for name, share in by_reading.items()}

# %% answer-4
wide = readings[readings["assumption"].isin(["employed", "time_zero"])]
wide = wide.drop_duplicates(["reading", "route"]).pivot(
    index="reading", columns="route", values="value"
)
lead = 100 * (wide[2] - wide[1])

# %% answer-5
choice = "c"
