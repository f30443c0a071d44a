/** What `alkhub types` says of each operation. */
export interface OperationType {
  readonly type: 'query' | 'mutation' | 'subscription'
  readonly input: unknown
  readonly output: unknown
  /** The details of the errors that the operation declares, by code. */
  readonly errors: object
}

/** The operations of a hub whose types are not known: any id, any input, any output. */
export interface AnyOperations {
  readonly [operationId: string]: {
    readonly type: 'query' | 'mutation' | 'subscription'
    // oxlint-disable-next-line typescript/no-explicit-any
    readonly input: any
    // oxlint-disable-next-line typescript/no-explicit-any
    readonly output: any
    // oxlint-disable-next-line typescript/no-explicit-any
    readonly errors: any
  }
}

type Member<T, K extends string> = T extends { readonly [key in K]: infer V } ? V : never

/** The ids of queries and mutations. */
export type CallableId<Ops> = {
  [Id in keyof Ops & string]: Extract<Member<Ops[Id], 'type'>, 'query' | 'mutation'> extends never
    ? never
    : Id
}[keyof Ops & string]

/** The ids of subscriptions. */
export type StreamId<Ops> = {
  [Id in keyof Ops & string]: Extract<Member<Ops[Id], 'type'>, 'subscription'> extends never
    ? never
    : Id
}[keyof Ops & string]

export type InputOf<Ops, Id extends keyof Ops> = Member<Ops[Id], 'input'>
export type OutputOf<Ops, Id extends keyof Ops> = Member<Ops[Id], 'output'>
export type ErrorsOf<Ops, Id extends keyof Ops> = Member<Ops[Id], 'errors'>

/** The arguments after the id: the input can be left out where `{}` is one. */
export type CallArguments<Input, Options> =
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- `{}` is the input that is meant
  Record<never, never> extends Input
    ? [input?: Input, options?: Options]
    : [input: Input, options?: Options]
