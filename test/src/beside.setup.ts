import { setPriority } from 'node:os'

/** Other processes get the processor first; a unit test beside two busy ones still gets a quarter of a core. */
const NICENESS = 5

// Loaded by the workers of the unit tests, which wait for nothing, and run beside tests that measure leases and deadlines.
setPriority(NICENESS)
