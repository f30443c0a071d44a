// Imported by the processes that a bench starts: they end when the bench has ended, also when it was killed.
process.once('disconnect', () => process.exit())
