/** The path of the API. The price catalog knows the provider by it. */
export const SCRIPTED_BASE_PATH = '/scripted-model/v1'

/** The model for the first try. */
export const DEMO_MODEL = 'demo'
