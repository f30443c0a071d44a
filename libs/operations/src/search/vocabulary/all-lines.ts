import { BUSINESS } from './business.ts'
import { BUSINESS_WORDS } from './business-words.ts'
import { EVERYDAY_LIFE } from './everyday-life.ts'
import { IDIOMS } from './idioms.ts'
import { LIFE_WORDS } from './life-words.ts'
import { NOUNS } from './nouns.ts'
import { KINDS_OF_PRODUCTS, PRODUCTS } from './products.ts'
import { REQUESTS } from './requests.ts'
import { SYSTEMS } from './systems.ts'
import { TASKS_OF_PEOPLE } from './tasks-of-people.ts'
import { TECHNOLOGY } from './technology.ts'
import { TECHNOLOGY_WORDS } from './technology-words.ts'
import { VERBS } from './verbs.ts'

/** A single word of these is an idiom. */
export const SPOKEN = IDIOMS

export const TEXT = [
  VERBS,
  NOUNS,
  SYSTEMS,
  BUSINESS,
  TECHNOLOGY,
  EVERYDAY_LIFE,
  REQUESTS,
  PRODUCTS,
  KINDS_OF_PRODUCTS,
  TASKS_OF_PEOPLE,
].join('\n')

/** The phrases of these have words that mean what they say. */
export const PLAIN = [BUSINESS_WORDS, TECHNOLOGY_WORDS, LIFE_WORDS].join('\n')

export const lines = [SPOKEN, TEXT, PLAIN].join('\n')
