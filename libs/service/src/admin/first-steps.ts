/** The last lines of a start. `url`: where clients reach the hub; `hint`: how to make the first key, undefined when there is one. */
export function firstSteps(url: string, hint: string | undefined): string {
  const key =
    hint === undefined ? [] : [`1. In another terminal, in this folder: umask 077`, `   ${hint}`]
  const step = hint === undefined ? '' : '2. '
  return [
    `The hub is ready: ${url}`,
    ...key,
    `${step}Open ${url}/console and log in with the key, or list the operations: ./alkhub ops --hub ${url} --key-file admin.key`,
  ].join('\n')
}
