/** Model providers are the clients of this type. */
export const providerType = 'llm-provider'
