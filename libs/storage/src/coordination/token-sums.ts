import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'

/** Input tokens of a row `u` of `inference_usage`, of all classes. */
export const INPUT_TOKENS: SQL = sql`(u.input_tokens + u.cache_read_tokens + u.cache_write_5m_tokens + u.cache_write_1h_tokens + u.audio_input_tokens)`
/** Output tokens of a row `u` of `inference_usage`, of all classes. */
export const OUTPUT_TOKENS: SQL = sql`(u.output_tokens + u.reasoning_tokens + u.audio_output_tokens)`
