/** The version of the semantic conventions of OpenTelemetry whose names the hub uses. A test compares them with the official package. */
export const SEMANTIC_CONVENTIONS_VERSION = '1.45.0'

/** Attributes of traces in general. */
export const TRACE_ATTRIBUTES = {
  ERROR_TYPE: 'error.type',
  HTTP_METHOD: 'http.request.method',
  HTTP_ROUTE: 'http.route',
  HTTP_STATUS: 'http.response.status_code',
  RPC_SYSTEM: 'rpc.system.name',
  RPC_METHOD: 'rpc.method',
  DB_SYSTEM: 'db.system.name',
  DB_QUERY: 'db.query.text',
  MESSAGING_SYSTEM: 'messaging.system.name',
  MESSAGING_OPERATION: 'messaging.operation.type',
  MESSAGING_DESTINATION: 'messaging.destination.name',
  SERVICE_NAME: 'service.name',
  SERVICE_NAMESPACE: 'service.namespace',
  SERVICE_INSTANCE: 'service.instance.id',
} as const

/** Attributes of calls of models. */
export const GEN_AI_ATTRIBUTES = {
  OPERATION: 'gen_ai.operation.name',
  PROVIDER: 'gen_ai.provider.name',
  CONVERSATION: 'gen_ai.conversation.id',
  REQUEST_MODEL: 'gen_ai.request.model',
  REQUEST_STREAM: 'gen_ai.request.stream',
  RESPONSE_MODEL: 'gen_ai.response.model',
  FIRST_CHUNK_SECONDS: 'gen_ai.response.time_to_first_chunk',
  INPUT_TOKENS: 'gen_ai.usage.input_tokens',
  OUTPUT_TOKENS: 'gen_ai.usage.output_tokens',
  CACHE_READ_TOKENS: 'gen_ai.usage.cache_read.input_tokens',
  CACHE_WRITE_TOKENS: 'gen_ai.usage.cache_creation.input_tokens',
  REASONING_TOKENS: 'gen_ai.usage.reasoning.output_tokens',
  TOOL_NAME: 'gen_ai.tool.name',
} as const

/** Attributes of requests of the Model Context Protocol. */
export const MCP_ATTRIBUTES = {
  METHOD: 'mcp.method.name',
  RESOURCE: 'mcp.resource.uri',
} as const

/** Attributes of the hub, which no convention has. */
export const HUB_ATTRIBUTES = {
  CALL_ID: 'alkhub.call.id',
  ATTEMPT: 'alkhub.call.attempt',
  RECEIPT: 'alkhub.call.abort_receipt',
  PROVIDER_INSTANCE: 'alkhub.provider.instance_id',
  ATTEMPTS: 'alkhub.call.attempts',
  ITEMS: 'alkhub.call.items',
  SPOKE_ID: 'alkhub.spoke.id',
  TURN_OUTCOME: 'alkhub.turn.outcome',
  QUEUED_CALL_ID: 'alkhub.queued_call.id',
} as const
