import { CodedError } from '@alkdev/errors'
import type { IncomingHttpHeaders } from 'node:http'

const TAG = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/
const MAX_TAGS = 16

/** The tags that a client gives its call: `x-alkhub-tags: team-a, batch:7`. Throws VALIDATION_ERROR for what is no tag. */
export function tagsOf(headers: IncomingHttpHeaders): readonly string[] {
  const header = headers['x-alkhub-tags']
  if (typeof header !== 'string' || header.trim() === '') return []
  const tags = [...new Set(header.split(',').map((tag) => tag.trim()))]
  if (tags.length <= MAX_TAGS && tags.every((tag) => TAG.test(tag))) return tags
  throw new CodedError(
    'VALIDATION_ERROR',
    `x-alkhub-tags holds at most ${MAX_TAGS} tags, separated by commas: letters, digits and . _ : / - in at most 64 characters.`,
    { details: { param: 'x-alkhub-tags' } },
  )
}
