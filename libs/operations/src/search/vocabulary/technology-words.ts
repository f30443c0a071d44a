import { THINGS_OF_CODE, WHAT_IS_DONE_WITH_CODE } from './technology-words-code.ts'
import {
  THINGS_OF_DATA,
  WHAT_IS_DONE_WITH_DATA,
  WHAT_IS_DONE_WITH_LOGINS,
  WHAT_IS_DONE_WITH_MODELS,
} from './technology-words-data.ts'
import { THINGS_OF_MACHINES, WHAT_IS_DONE_WITH_MACHINES } from './technology-words-machines.ts'
import {
  THINGS_OF_SERVICES_THAT_RUN,
  WHAT_KEEPS_SERVICES_RUNNING,
} from './technology-words-running.ts'
import { SHORT_FORMS, SHORT_WORDS } from './technology-words-short.ts'

/** What outsiders call the operations of source code, machines, services and data, and what these deal with. */
export const TECHNOLOGY_WORDS = [
  WHAT_IS_DONE_WITH_CODE,
  THINGS_OF_CODE,
  WHAT_IS_DONE_WITH_MACHINES,
  THINGS_OF_MACHINES,
  WHAT_KEEPS_SERVICES_RUNNING,
  THINGS_OF_SERVICES_THAT_RUN,
  WHAT_IS_DONE_WITH_DATA,
  WHAT_IS_DONE_WITH_LOGINS,
  WHAT_IS_DONE_WITH_MODELS,
  THINGS_OF_DATA,
  SHORT_FORMS,
  SHORT_WORDS,
].join('\n')
