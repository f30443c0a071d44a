/**
 * Short forms and what they stand for, in both directions, and short forms that are only written by those who ask. Written from general knowledge.
 */

/** One group per line: a short form and its words. */
export const SHORT_FORMS = `
acl access_control_list
rbac role_based_access role_based_access_control
iam identity_and_access identity_access_management
mfa multi_factor multi_factor_authentication two_factor_authentication
otp one_time_password one_time_code
sso single_sign_on
pii personal_data personally_identifiable
gdpr data_protection
dnd do_not_disturb
dm direct_message private_message
im instant_message
sms short_message
mms multimedia_message picture_message
ivr interactive_voice_response phone_menu
voip voice_over_ip internet_telephony
cdr call_detail_record
vm virtual_machine
vps virtual_private_server
vpc virtual_private_cloud
vpn virtual_private_network
lb load_balancer
cdn content_delivery_network
dns domain_name_system
ttl time_to_live
cname canonical_name
mx mail_exchange
ssl secure_sockets
ssh secure_shell
nat network_address_translation
cidr address_range address_block
hpa horizontal_pod_autoscaler
pvc persistent_volume_claim
crd custom_resource_definition custom_resource
ci continuous_integration
cd continuous_delivery continuous_deployment
pr pull_request
mr merge_request
cve security_advisory
sbom bill_of_materials
api programming_interface
sdk developer_kit
cli command_line
csv comma_separated
sql structured_query
db database
etl extract_transform_load
slo service_level_objective
sla service_level_agreement
kpi key_performance_indicator
okr objectives_and_key_results
nps net_promoter_score
roi return_on_investment
cpc cost_per_click
ctr click_through_rate
seo search_engine_optimization search_engine_optimisation
utm campaign_parameter
crm customer_relationship
po purchase_order
rma return_authorization
sku stock_keeping_unit article_number
pos point_of_sale
eta estimated_arrival time_of_arrival
vat value_added_tax
kyc know_your_customer
iban bank_account_number
ach bank_debit
nda non_disclosure
tos terms_of_service
pto paid_time_off
ooo out_of_office
wip work_in_progress
faq frequently_asked_questions
qa quality_assurance
ocr optical_character text_recognition
tts text_to_speech
stt speech_to_text speech_recognition
nlp language_processing
llm large_language_model
rag retrieval_augmented
gps global_positioning
rss news_feed
iot internet_of_things
ota over_the_air
`

/** What is short is said, what is long is meant. */
export const SHORT_WORDS = `
acct accts > account
addr addrs > address
amt > amount
apt appt appts > appointment
attn > notify
avail > availability
cal > calendar
cfg > config configuration
cmd > command
cust > customer
dept depts > department
desc descr > description
dest > destination
devs > developers contributors
evt evts > event
fav favs fave faves > favorite saved | star
fn func funcs > function
gcp_vm ec2_box > server instance
hist > history
img imgs > image
inv > invoice
lang langs > language
loc > location
mgr > manager
mtg mtgs > meeting event
obj objs > object
orgs > organizations
perm perms > permission
pkg pkgs > package
prefs > preferences settings
proj > project
pw pwd > password
qty > quantity
rec recs > recording | recommendation record
req reqs > request
resp > response
sched > schedule
subs > subscriptions | subscribers
tel > phone
txn txns tx > transaction
tz > timezone time zone
usr usrs > user
val vals > value
var vars > variable
ver > version
vid vids > video
vol > volume
wf > workflow
ws > workspace
svc svcs > service
ns > namespace
cm > configmap config map
deploys > deployments
repo_perms > collaborator permission
msgs_history > history messages
sig > signature
ref refs > reference branch
tix > tickets
feat > feature
lib libs > library package
auth_token > token
cron > cronjob schedule
`
