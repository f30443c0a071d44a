export type { Row } from './row.ts'
