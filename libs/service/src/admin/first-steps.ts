import { FIRST_KEY_COMMAND } from './first-key-hint.ts'

/** The last lines of a start. `url`: where clients reach the hub; `hasKey`: whether there is a first key. */
export function firstSteps(url: string, hasKey: boolean): string {
  const key = hasKey
    ? []
    : [`1. In another terminal, in this folder, make the first key: ${FIRST_KEY_COMMAND}`]
  const step = hasKey ? '' : '2. '
  return [
    `The hub is ready: ${url}`,
    ...key,
    `${step}Open ${url}/console and log in with the key, or list the operations: ./alkhub ops --hub ${url} --key-file admin.key`,
  ].join('\n')
}
