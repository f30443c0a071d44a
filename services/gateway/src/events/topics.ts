import { CallError } from '@alkdev/operations'
import type { HubEvent } from './hub-event.ts'

export type TopicFilter = (event: HubEvent) => boolean

const MAX_TOPICS = 50
const TOPIC = /^(?<prefix>[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*)(?<rest>\.\*|:\S{1,256})?$/

function topicFilter(topic: string): TopicFilter {
  const { prefix = '', rest = '' } = TOPIC.exec(topic)?.groups ?? {}
  if (prefix === '') {
    throw new CallError(
      'VALIDATION_ERROR',
      'A topic is a type (`spoke.attached`), `type:id` or `prefix.*`.',
      { errors: [{ path: '/query/topics', message: `${topic.slice(0, 64)} is not a topic` }] },
    )
  }
  if (rest === '.*') return ({ type }) => type.startsWith(`${prefix}.`)
  if (rest === '') return ({ type }) => type === prefix
  const subject = rest.slice(1)
  return (event) => event.type === prefix && event.subject === subject
}

/** `topics` of `/api/events`: types, `type:id` or `prefix.*`, separated by commas; absent means all. Throws VALIDATION_ERROR. */
export function parseTopics(topics: string | undefined): TopicFilter {
  if (topics === undefined) return () => true
  const filters = topics.split(',').map((topic) => topicFilter(topic.trim()))
  if (filters.length > MAX_TOPICS) {
    throw new CallError('VALIDATION_ERROR', `At most ${MAX_TOPICS} topics can be given.`)
  }
  return (event) => filters.some((filter) => filter(event))
}
