import {
  THINGS_OF_MEDIA,
  WHAT_IS_DONE_IN_PUBLIC,
  WHAT_IS_DONE_WITH_MEDIA,
} from './life-words-media.ts'
import { WHAT_AGENTS_ASK_FOR, WHAT_IS_DONE_WITH_ANYTHING } from './life-words-people.ts'
import { EVERYDAY_VERBS } from './life-words-verbs.ts'
import {
  THINGS_OF_THE_WORLD,
  WHAT_IS_DONE_AT_HOME,
  WHAT_IS_DONE_OUTSIDE,
} from './life-words-world.ts'

/** What people call the operations of media, travel, the home and everyday dealings, and what these deal with. */
export const LIFE_WORDS = [
  EVERYDAY_VERBS,
  WHAT_IS_DONE_WITH_ANYTHING,
  WHAT_AGENTS_ASK_FOR,
  WHAT_IS_DONE_WITH_MEDIA,
  WHAT_IS_DONE_IN_PUBLIC,
  THINGS_OF_MEDIA,
  WHAT_IS_DONE_OUTSIDE,
  WHAT_IS_DONE_AT_HOME,
  THINGS_OF_THE_WORLD,
].join('\n')
