/** Words for source code, servers, media and all other things, in the form of the verbs. Written from general knowledge of APIs. */
export const SYSTEMS = `
pull_request pr merge_request change_request mr | review branch
repository repo project codebase git_repo | code
branch ref trunk main master | git
commit changeset revision | changes
tag ref | label version
release version publication | tag
gist snippet code_snippet paste | code
code source source_code program | file repository
fork copy | clone
contributor author committer | people
collaborator contributor member | access
star bookmark favorite | follow
watcher subscriber follower | watch
follower fan subscriber | follow
language programming_language | code
workflow pipeline ci build cicd action job automation | run
run build execution job | workflow
job batch_job task run | workflow work
artifact build_output | download
secret credential env_var | token
webhook callback hook | endpoint event notification
endpoint url route | webhook
deployment deploy rollout | release app
environment env stage staging production | deployment
app application service program software | deployment
server machine instance vm virtual_machine host box vps compute droplet node | computer
droplet vm server instance virtual_machine vps | machine
instance server vm machine | occurrence
node machine worker host | cluster server
cluster kubernetes k8s | nodes
kubernetes k8s kube | cluster
pod container workload | replica
container docker pod | image
replica copy instance | scale
autoscaler autoscaling scaling hpa | scale
ingress routing gateway | route
configmap configuration config | settings
config configuration settings setting preferences preference option options | parameter
namespace scope | project
cron cronjob scheduled_job recurring_job | schedule job
log logs output console stdout trace | history
metric measurement statistic stats statistics usage | monitoring
alert alarm warning | notification policy
monitoring observability | metrics alert
uptime availability | check health
database db datastore sql postgres mysql redis | data
backup snapshot | copy restore
snapshot backup image | copy
volume disk block_storage hard_disk hard_drive drive ssd storage | attach
storage disk space bucket | volume
bucket container | storage object
image template os | snapshot
size plan flavor capacity | type
region location datacenter data_center zone | area place
network vpc private_network subnet lan | ip
ip ip_address address | network
firewall security_group | rule port
load_balancer lb balancer proxy | traffic
domain hostname site website dns_zone | dns
dns domain_name name_server | record domain
record entry | row dns
certificate cert tls ssl https | domain
cdn cache edge | content
cache memory | purge
registry repository | image container
function lambda serverless | trigger
queue line waiting_list backlog | waiting
topic subject theme | channel
song track tune music title | playlist
music song songs track audio | playback player
track song | audio
playlist mix list_of_songs | songs
album record lp release | songs
artist band musician singer performer | music
podcast show episode | series
playback player playing music | song
volume loudness loud louder quiet quieter sound | level set
device speaker phone | player
genre style category | type
recommendation suggestion similar | related
recently_played listening_history | history
shuffle random | mix
repeat loop | again
favorite favourite liked saved | save star
phone telephone mobile cell cellphone handset | number call
phone_number telephone_number number | incoming
call phone_call ring dial | voice
voicemail recording | voice
recording tape | audio call
conference group_call conference_call | call participants
caller callee | call
weather forecast temperature climate | rain
map route directions navigation | location
location place position coordinates geo | address
city town place | location
country nation | region
language locale tongue | translation
currency money exchange_rate | amount
time clock hour date | now
date day when | time
history past log activity previous recent | list events
activity event log action | history
audit log trail | history event
report summary statistics analysis | stats
statistics stats analytics metrics numbers insight insights figures | views
view visit hit traffic pageview | count
summary overview digest | report
error failure fault exception crash | problem
search query lookup | find
category class kind type | genre
type kind sort class | category
name title label | called
title headline subject heading | name
description details info information detail metadata | about
info information detail details metadata about | get
metadata properties attributes | custom
list array collection set | all
number count amount quantity | total
limit quota cap | maximum rate
size length dimension | amount
format layout | type
question query | ask
survey form questionnaire poll | response
answer response reply | result
poll vote survey | question
vote ballot | like
blog article post | page
post article message | publish
news headline article | feed
feed stream timeline | news
advert ad advertisement campaign | marketing
campaign marketing newsletter | email
deal opportunity sale | lead
pipeline stage | workflow
ticket support_request | issue
agent assistant bot | ai
bot app robot | agent
model llm ai | completion
prompt instruction | message
embedding vector | model
flight plane airplane | travel
hotel room lodging accommodation | reservation
trip travel journey | booking
restaurant food meal | order
recipe dish meal | food
book novel | author
game match | play
score result points | rank
health fitness workout exercise | activity
patient doctor | appointment
student pupil learner | course
course class lesson | student
school university college | course
job position vacancy | employee
salary wage payroll pay | payment
expense spending cost | receipt
budget spending | money
contract agreement | document
policy rule | access
rule policy condition | filter
template blueprint | copy
script program | code
command shell terminal cli bash | run execute
process program task | run
memory ram | usage
cpu processor | usage
screen display monitor | window
window tab | browser
browser web_page | page
button control | ui
component widget element | ui
icon emoji symbol | image
color colour | theme
font typeface | text
key_value pair entry | store
cluster group | nodes
region area | country
gcal calendar google_calendar
gmail google_mail | mail
`
