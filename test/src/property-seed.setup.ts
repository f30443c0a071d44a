import { configureGlobal } from 'fast-check'

// A run of .ci/run says the same each time: what it lets through depends on the change alone. Other runs choose new inputs.
const { PROPERTY_SEED } = process.env
if (PROPERTY_SEED !== undefined) configureGlobal({ seed: Number(PROPERTY_SEED) })
