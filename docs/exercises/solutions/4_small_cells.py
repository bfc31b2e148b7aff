"""Answers to exercise 4, each for the cell of the same name."""

# %% answer-1
older = everybody - under_63

# %% answer-2
all_alike = older[(older == 0).any(axis=1) & (older.sum(axis=1) > 0)]
known = int(all_alike.to_numpy().sum())

# %% answer-3
primary = table.astype(float)
primary.iloc[:-1, :-1] = primary.iloc[:-1, :-1].where(table.iloc[:-1, :-1] >= 5)

# %% answer-4
row = primary.loc["Enhed 17"]  # the one row with a single hidden cell
recovered = {("Enhed 17", "short"): row["total"] - row.drop("total").sum()}

# %% answer-5
protected = primary.copy()
protected.loc["Enhed 17", "long"] = np.nan  # its column has others hidden, its row now has two

# %% answer-6
rounded = (table / 5).round() * 5
