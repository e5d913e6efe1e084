"""Steps that bring an older ledger to this version; run by `clearway migrate` and at every start."""
