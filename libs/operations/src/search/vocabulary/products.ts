/**
 * Names of products and what they are for: APIs of a product call its things by short words (`messages.get`), and only their namespace says which. The
 * same form as the verbs. Written from general knowledge of products.
 */
export const PRODUCTS = `
gmail > mail email message inbox | thread label
outlook exchange_online > mail email message calendar | event
sendgrid mailgun mailchimp postmark mailjet brevo resend klaviyo > email mail campaign | template list
gcal google_calendar > calendar event | meeting appointment
calendly cal_com > booking event schedule | meeting
gdrive google_drive > drive file document | folder
onedrive dropbox sharepoint box_com egnyte > file folder document | share
gdocs google_docs > document doc | file
gsheets google_sheets excel > sheet spreadsheet | row cell
slack discord mattermost rocketchat teams > channel message chat | conversation
telegram whatsapp messenger signal > message chat | phone
twilio vonage plivo sinch bandwidth messagebird > call sms phone | message
zoom webex google_meet > meeting call | conference recording
github gitlab bitbucket gitea > repository code issue | pull commit
jira linear youtrack bugzilla redmine shortcut > issue ticket | project sprint
asana trello todoist clickup wrike basecamp monday > task project | board
notion confluence coda wiki > page document | database block
airtable baserow smartsheet > table row record | database
zendesk freshdesk intercom helpscout front_app > ticket conversation | customer support
hubspot salesforce pipedrive zoho crm > contact deal lead | company customer
shopify woocommerce magento bigcommerce etsy ebay amazon > order product | customer inventory
stripe adyen braintree mollie square paypal checkout_com > payment charge customer | invoice subscription
quickbooks xero freshbooks sage > invoice bill expense | accounting
plaid wise revolut > bank account transaction | transfer
spotify deezer tidal soundcloud apple_music > music track playlist | album artist
youtube vimeo twitch > video channel | stream
netflix tmdb imdb > movie show | film
twitter mastodon bluesky threads > post tweet | follow timeline
facebook instagram tiktok linkedin pinterest reddit > post page | comment like
digitalocean linode hetzner vultr ovh scaleway > server droplet instance | volume
aws ec2 amazon_web_services > instance server | bucket volume
gcp google_cloud azure > instance server | bucket project
s3 gcs blob_storage minio > bucket object file | storage
lambda cloud_functions > function | invoke
heroku vercel netlify render fly_io > app deployment | site
cloudflare route53 namecheap godaddy > dns zone domain | record
k8s kubernetes openshift rancher eks gke aks > cluster pod node | deployment service
docker podman > container image | registry
jenkins circleci travis buildkite teamcity argo > build pipeline job | workflow run
datadog grafana prometheus newrelic dynatrace > metric monitor dashboard | alert
pagerduty opsgenie victorops > incident alert | schedule
sentry rollbar bugsnag > error issue event | project
postgres postgresql mysql mariadb sqlite mssql > database table query | sql
mongo mongodb couchdb firestore dynamodb > collection document | database
elasticsearch opensearch solr algolia typesense > index search | document
kafka rabbitmq sqs pubsub nats > topic queue message | publish
okta auth0 keycloak onelogin > user login identity | group application
workday bamboohr personio gusto > employee | leave payroll
docusign hellosign adobe_sign > envelope document signature | recipient
typeform surveymonkey google_forms > form survey response | answer
figma sketch_app canva > design file | comment component
openai anthropic gemini mistral > model completion chat | message
google_maps mapbox here_maps osm > map place route | address geocode
fedex ups dhl usps shippo easypost > shipment parcel tracking | label
uber lyft bolt > ride trip | driver
airbnb booking_com expedia > reservation booking | property
strava fitbit garmin > activity workout | athlete
hue smartthings home_assistant nest > device light | thermostat
`

/** What products are for, and their names, so that their things are found by everyday words. */
export const KINDS_OF_PRODUCTS = `
email mail inbox mailbox > | gmail outlook sendgrid mailgun
calendar meeting appointment diary > | gcal outlook calendly
document doc spreadsheet slides folder > | drive gdrive onedrive dropbox
chat channel coworker dm > | slack discord
sms texting phone caller telephone voicemail > | twilio vonage
code repo codebase merge ci > | github gitlab
ticket sprint backlog > | jira linear zendesk
todo subtask milestone board > | asana trello todoist
wiki knowledge_base notes > | notion confluence
lead prospect crm > | hubspot salesforce
shop store order > | shopify
billing payment invoice subscription card money > | stripe paypal
music song album artist playlist podcast band > | spotify
server vm hosting cloud > | digitalocean aws
cluster container kubernetes > | k8s
`
