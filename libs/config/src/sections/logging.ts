import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { section } from '../field.ts'

export const LoggingConfig = section('The log on standard output.', {
  level: Type.Union(
    [
      Type.Literal('trace'),
      Type.Literal('debug'),
      Type.Literal('info'),
      Type.Literal('warn'),
      Type.Literal('error'),
      Type.Literal('fatal'),
      Type.Literal('silent'),
    ],
    { default: 'info', description: 'Lowest level that is written.' },
  ),
  format: Type.Union([Type.Literal('json'), Type.Literal('pretty')], {
    default: 'json',
    description: '`json`: one object per line. `pretty`: for reading on a terminal.',
  }),
})
export type LoggingConfig = Static<typeof LoggingConfig>
