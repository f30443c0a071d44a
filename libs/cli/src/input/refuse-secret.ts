import { UsageError } from '../failure.ts'

/** Throws OperatorError for a URL with a user or a password in it: arguments are visible to every user of the machine. */
export function refuseSecretUrl(text: string, fix: string): void {
  if (!URL.canParse(text)) return
  const { username, password } = new URL(text)
  if (username === '' && password === '') return
  throw new UsageError('A password in an argument is visible to every user of this machine.', fix)
}
