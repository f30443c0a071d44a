/**
 * What people say for the things that APIs have. The same form as the verbs: words of one meaning, a bar, related words. Written from
 * general knowledge of APIs; the last five lines after failures of the queries to tune on.
 */
export const NOUNS = `
customer client buyer shopper consumer purchaser patron | user account contact person
user account member person people profile human individual somebody | customer employee
employee staff worker colleague coworker personnel teammate | user member people everybody
member participant attendee guest | user people
contact lead prospect | person customer address
admin administrator owner superuser | user permission
team group crew squad department | organization members
group team usergroup | list
organization organisation org company business enterprise firm tenant | workspace team account
workspace space tenant | team organization
role permission right privilege access grant scope | policy acl
acl access_list access_control permission sharing | rule role share
who whose people person | user member author owner contributor assignee identity
when time | date schedule
where location place | address
how_many count number | statistics
how_much amount price | balance cost
identity who_am_i whoami myself me current_user | user profile authenticated
profile bio about | user account
avatar profile_picture photo picture portrait | image
password passphrase credential login | secret auth reset
credential secret password key token auth | access
key api_key token secret | credential
ssh_key public_key | key
session login | token
money cash fund funds amount | payment balance price charge
payment transaction charge purchase pay | money card invoice
charge payment debit | transaction
transaction transfer movement operation | payment balance history
balance funds account_balance credit how_much | money
refund reimbursement money_back chargeback return | credit
dispute chargeback complaint claim | contested
payout withdrawal disbursement settlement earnings | transfer bank
invoice bill statement | receipt payment
receipt proof_of_purchase | invoice charge
billing bill invoicing cost spending | invoice payment
price cost rate fee tariff amount | money plan
coupon discount voucher promotion promo rebate | code percent promotion_code
subscription plan membership recurring | subscribe monthly
plan tier package | price subscription
product item good merchandise article sku | catalog catalogue
catalog catalogue inventory assortment | product
inventory stock warehouse supply | product
order purchase | cart
cart basket checkout | order session
checkout payment_page | session cart
quote estimate offer proposal | price
tax vat duty | rate
card credit_card debit_card | payment_method source
payment_method card wallet | source
bank account_number iban | payout transfer
shipment parcel package delivery shipping | order tracking
address location street | place
file document doc attachment blob object | content upload
folder directory dir | drive files path
attachment enclosure file | upload
drive disk storage | file
document doc file page text paper report | content
page article document | wiki
block paragraph section | content text
note memo jotting | text comment
text content body string words | block message
spreadsheet sheet table excel worksheet | rows
row record entry line | item
table grid | database
column field attribute property | value
picture image photo photograph photos pic | media
image picture photo | snapshot file
video movie clip film | media recording
audio sound | recording track music
media picture video audio attachment | file
trash bin recycle_bin deleted | delete
version revision history change edition | previous release
share_link public_link link url | shared permission
link url href address | web
mail email e_mail letter inbox mailbox message | gmail send
email mail e_mail | message address
draft unsent unfinished | message email
inbox mailbox | messages mail
thread conversation discussion exchange | messages replies
label tag category marker | flag
filter rule | criteria
vacation out_of_office holiday auto_reply autoreply away absence autoresponder | leave time_off
forwarding redirect forward | address
signature alias sender | send
message text chat note dm | mail post
sms text_message text texting | message phone
chat conversation im dm direct_message talk | message channel
channel room conversation chatroom | group
conversation channel chat dialogue | thread
notification alert push inbox | message event
reaction emoji emoticon smiley like | react
status state health condition progress | availability
presence online availability active | status
reminder nudge alarm | notify later
calendar agenda diary schedule planner | events
event meeting appointment occasion gathering date call_invite | calendar
meeting event appointment call conference session | calendar
appointment meeting event booking slot | reservation
availability free_busy freebusy free busy available free_time | calendar
recurring repeating repeat recurrence occurrences instances | series
reservation booking | appointment
timezone time_zone | time
deadline due_date due | date
task todo to_do assignment action_item chore work_item item job | issue card
subtask child_task | task parent
project initiative programme | board
board kanban | cards list
card ticket | board task
section column heading | list
goal objective target okr | aim
milestone phase | deadline
sprint iteration | milestone
issue ticket bug defect problem report | task
ticket issue case request incident | support
incident outage problem | alert
comment remark reply note feedback | discussion
review feedback approval | comment
reviewer approver | review
assignee owner responsible | assigned
purpose topic description | subject goal
pull_request pr merge_request | pulls
subtask child_task | task parent
section column stage swimlane | board
maintenance patching | window
usage consumption | metrics
`
