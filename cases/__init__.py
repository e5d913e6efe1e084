"""The ledger: life of a case, policy, deadlines, and everything written down about them.

`life` and `policy` are rules without a clock or a database; `ledger`, `notices` and `reading` hold all SQL.
"""
