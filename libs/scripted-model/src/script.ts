import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'

const closed = { additionalProperties: false }
const Text = Type.String({ maxLength: 262_144 })
const Ms = Type.Integer({ minimum: 0, maximum: 600_000, description: 'Milliseconds.' })

/** One call of a tool that the model asks for. */
const ScriptCall = Type.Object(
  {
    tool: Type.String({ minLength: 1, maxLength: 256, description: 'Name of the tool.' }),
    arguments: Type.Optional(Type.Unknown({ description: 'Sent as JSON. Default: `{}`.' })),
    text: Type.Optional(
      Type.String({
        maxLength: 262_144,
        description: 'Sent instead of `arguments`, as it is: for JSON that is broken.',
      }),
    ),
  },
  closed,
)
export type ScriptCall = Static<typeof ScriptCall>

/** What goes wrong in a step. */
const Fault = Type.Union([
  Type.Literal('silence', { description: 'No answer at all.' }),
  Type.Literal('silence-midway', { description: 'Half of the answer, and then nothing.' }),
  Type.Literal('cut', { description: 'Half of the answer, and then the connection ends.' }),
  Type.Literal('no-answer', { description: 'The connection ends before an answer.' }),
  Type.Literal('not-json', { description: 'An event in the middle that is not valid JSON.' }),
  Type.Object(
    {
      status: Type.Integer({ minimum: 400, maximum: 599 }),
      code: Type.Optional(Type.String({ maxLength: 128 })),
      message: Type.Optional(Type.String({ maxLength: 4096 })),
      retryAfterS: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })),
    },
    { ...closed, description: 'An HTTP status with an error in the form of OpenAI.' },
  ),
])

/** One answer of the model. */
const ScriptStep = Type.Object(
  {
    reasoning: Type.Optional(Text),
    say: Type.Optional(Text),
    times: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Repeats `say`. Default 1.' }),
    ),
    calls: Type.Optional(Type.Array(ScriptCall, { maxItems: 128 })),
    delayMs: Type.Optional(Ms),
    pieceMs: Type.Optional(Ms),
    pieceChars: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 65_536, description: 'Text of an event. Default 16.' }),
    ),
    finish: Type.Optional(
      Type.Union(
        ['stop', 'tool_calls', 'length', 'content_filter'].map((reason) => Type.Literal(reason)),
        { description: 'The reason. Default: `tool_calls` with calls, else `stop`.' },
      ),
    ),
    usage: Type.Optional(
      Type.Union([
        Type.Literal(false, { description: 'Reports no usage.' }),
        Type.Object(
          {
            input: Type.Integer({ minimum: 0, maximum: 100_000_000 }),
            output: Type.Integer({ minimum: 0, maximum: 100_000_000 }),
          },
          closed,
        ),
      ]),
    ),
    fault: Type.Optional(Fault),
  },
  closed,
)
export type ScriptStep = Static<typeof ScriptStep>

/** What follows a prompt: one step for each request of the model until the next prompt. */
const ScriptTurn = Type.Object(
  {
    when: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1024,
        description: 'RE2 pattern that the prompt contains. Without it the turn fits any prompt.',
      }),
    ),
    steps: Type.Array(ScriptStep, { minItems: 1, maxItems: 1000 }),
    loop: Type.Optional(
      Type.Boolean({ description: 'After the last step comes the first one again.' }),
    ),
  },
  closed,
)
export type ScriptTurn = Static<typeof ScriptTurn>

export const Script = Type.Object(
  {
    description: Type.Optional(Type.String({ maxLength: 1024 })),
    turns: Type.Array(ScriptTurn, { minItems: 1, maxItems: 100 }),
  },
  closed,
)
export type Script = Static<typeof Script>

/** A file of scripts, by the name of the model. */
export const ScriptFile = Type.Object(
  {
    models: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' }), Script, closed),
  },
  closed,
)
export type ScriptFile = Static<typeof ScriptFile>
