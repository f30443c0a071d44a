import { ACCESS_MUTANTS } from './access-mutants.ts'
import { CALL_MUTANTS } from './call-mutants.ts'
import type { Mutant } from './mutate.ts'

export const MUTANTS: readonly Mutant[] = [...CALL_MUTANTS, ...ACCESS_MUTANTS]
