/**
 * What people say for what an operation does. One group per line: words of one meaning, then, after a bar, words of a related meaning.
 * An underscore joins the words of a phrase. Written from general knowledge of APIs, never from the labelled queries.
 */
export const VERBS = `
create add new make insert post build generate compose | produce form set_up spin_up
open start begin launch initiate kick_off | create boot
delete remove destroy erase drop discard trash get_rid_of throw_away wipe | purge clear unset
purge clear empty flush clean wipe reset | invalidate tidy
list all enumerate browse index overview | show get which
get fetch read retrieve load show view display lookup look_up see inspect describe check | find list query what open look
update edit change modify set patch alter adjust amend revise put correct fix | rename replace move switch
rename call retitle | update name title
replace overwrite swap substitute exchange | update set put
search find query locate grep look_for hunt discover filter match seek | list lookup
send post deliver publish push transmit dispatch submit mail | notify write share emit
notify alert warn inform tell ping remind | send message
write compose draft author | create edit send save
stop cancel abort terminate kill end halt quit interrupt shut_down | close pause delete disable revoke
close resolve finish complete end conclude | stop lock archive update
pause suspend hold freeze halt | stop snooze
resume continue unpause restart start play carry_on | unsuspend
restart reboot reload rerun re_run retry bounce again power_cycle | start reset run
run execute invoke launch exec trigger start perform call fire | dispatch
trigger dispatch kick_off fire start launch | run execute
deploy release ship roll_out publish go_live | launch push
rollback roll_back revert undo | restore back previous
restore recover undelete bring_back untrash unarchive undo | revert reopen
archive store_away shelve retire put_away | close hide trash
backup back_up snapshot | export save dump copy
download export pull save fetch | get retrieve
upload attach put send import | add file set
import ingest load bring_in | upload insert
copy duplicate clone fork replicate | mirror template
move transfer relocate migrate shift hand_over | change send
merge combine join unite integrate consolidate | land
split divide separate | break
compare diff difference differ contrast | changed
approve accept confirm allow authorize permit sign_off agree | review grant
reject decline deny refuse dismiss turn_down | cancel
review assess evaluate check examine | approve comment feedback
assign allocate delegate give hand designate | owner assignee set
unassign deallocate take_off | remove assignee
share grant invite expose give_access collaborate | permission access add
revoke withdraw invalidate take_away unshare | remove delete permission expire
invite ask_in bring_in add | member join send
join enter sign_up enroll | add become participate
leave exit quit depart step_out | remove
kick expel eject ban evict throw_out boot_out remove | block
block ban blacklist mute deny | restrict
follow subscribe watch track monitor observe | listen star
unfollow unsubscribe unwatch opt_out | remove stop
subscribe sign_up enroll register join | subscription create plan
register enroll sign_up | create add
login log_in sign_in authenticate authorize | session token auth
logout log_out sign_out | session revoke
lock protect freeze secure | restrict block
unlock unprotect release | allow
enable activate turn_on switch_on allow start | set
disable deactivate turn_off switch_off suspend | stop remove
hide conceal mask | archive unlist
show reveal unhide display | get
pin stick | star save
star favorite favourite bookmark like save love heart | follow pin add
react reply respond emoji thumbs_up like | reaction add
report file_a raise_a lodge submit | create open
reply answer respond react_to | comment thread create message
comment remark note annotate feedback discuss | reply story write
mark flag tag label set | update
tag label categorize categorise classify mark | assign add
schedule plan book arrange reserve set_up | calendar later create postpone
schedule cron recurring every nightly daily hourly weekly monthly periodic night | trigger timer
reschedule postpone delay shift move_date | update move patch event
book reserve schedule | create order appointment insert
remind nudge prompt | reminder notify
snooze mute silence quiet do_not_disturb dnd | pause notification
charge bill debit collect take_money | pay payment invoice
pay settle spend remit | charge payment
refund reimburse return give_back pay_back money_back repay | reverse credit cancel
withdraw cash_out pay_out | payout transfer bank
capture collect settle | charge confirm
finalize finalise complete issue | close finish
void annul nullify cancel | delete
order buy purchase acquire checkout | create rent
rent lease provision order buy | create allocate
sell offer list | product order
count total tally how_many number_of | number statistics
calculate compute estimate figure_out work_out | measure
sort order arrange rank reorder | position
reorder rearrange shuffle sort | move position
convert transform translate export change_into | format
encrypt cipher protect | secret key
sign certify attest | signature
verify validate confirm check test prove | valid
test try probe check ping | verify health
scale resize grow shrink expand enlarge increase decrease | replicas size update
increase raise turn_up boost louder grow | set update higher
decrease lower reduce turn_down cut quieter | set update less
attach connect link mount bind associate add | assign
detach disconnect unlink unmount unbind separate | remove
connect link hook_up integrate | attach join
install set_up deploy | add create
upgrade update_version bump newer | update version major
downgrade lower_version | update version
configure set_up customize customise tune | setting config update
play listen stream start resume | playback
skip next forward jump | advance
rewind previous back go_back | seek
seek jump scrub | position
dial ring phone call | telephone create
record tape capture | recording
transcribe speech_to_text | transcription
translate localize | language
summarize summarise digest abstract | summary
save store keep persist put remember | create add write
load import open | read get
sync synchronize refresh update | pull
refresh reload renew update | sync
renew extend prolong | update
expire end invalidate lapse | close
wait await poll | watch
watch monitor observe follow tail stream | log events subscribe
generate create produce make | build
request ask demand apply | create
nominate request ask | add
drain evict empty | delete
rotate renew regenerate reset roll | key secret credential
promote elevate raise | make primary
demote lower | remove
own belong have possess | owner my list
owe due outstanding unpaid | balance invoice amount
visit open go_to navigate browse | page
click press tap | button
type enter input fill | text
zip compress pack archive | file
unzip extract unpack decompress | file
crop resize scale | image
render draw paint | display image
ask question query inquire | prompt chat
train fit learn | model
predict infer classify forecast | model
`
