import { WHAT_IS_DONE } from './business-words-doing.ts'
import { THINGS_OF_MONEY, WHAT_IS_DONE_WITH_MONEY } from './business-words-money.ts'
import {
  THINGS_OF_AN_OFFICE,
  WHAT_IS_DONE_WITH_DOCUMENTS,
  WHAT_IS_DONE_WITH_MAIL,
} from './business-words-office.ts'
import { THINGS_OF_STAFF, WHAT_STAFF_DOES } from './business-words-staff.ts'
import { THINGS_OF_TALKS, WHAT_IS_DONE_IN_TALKS } from './business-words-talk.ts'
import { THINGS_OF_TRADE, WHAT_TRADE_DOES } from './business-words-trade.ts'

/** What outsiders call the operations of shops, offices and their services, and what these deal with. */
export const BUSINESS_WORDS = [
  WHAT_IS_DONE,
  WHAT_IS_DONE_WITH_MONEY,
  THINGS_OF_MONEY,
  WHAT_TRADE_DOES,
  THINGS_OF_TRADE,
  WHAT_STAFF_DOES,
  THINGS_OF_STAFF,
  WHAT_IS_DONE_WITH_MAIL,
  WHAT_IS_DONE_WITH_DOCUMENTS,
  THINGS_OF_AN_OFFICE,
  WHAT_IS_DONE_IN_TALKS,
  THINGS_OF_TALKS,
].join('\n')
