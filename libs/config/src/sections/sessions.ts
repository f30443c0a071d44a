import { section } from '../field.ts'

export const SessionsConfig = section('Agent sessions. It has no settings yet.', {})
export type SessionsConfig = Readonly<Record<string, never>>
