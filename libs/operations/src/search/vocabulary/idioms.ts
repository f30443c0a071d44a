/**
 * What people say in everyday words for what an operation does. `said said > meant meant | related`: what is said stands for what is meant, and
 * not the reverse. The first word after `>` decides what a query asks for. An underscore joins the words of a phrase. Written from general
 * knowledge of APIs and of how people ask; the last 39 lines after failures of the queries to tune on, none from those that are held out.
 */
export const IDIOMS = `
kick_out throw_out boot_out toss_out chuck_out show_the_door > remove kick evict | delete ban
let_go sack lay_off offboard > terminate deactivate | remove employee
take_on onboard bring_on_board > create add invite | employee user candidate
get_rid_of throw_away chuck toss bin scrap ditch nuke kill_off do_away_with lose > delete remove | trash destroy
clean_up tidy_up clear_out mop_up > delete clear purge | empty
take_down pull_down bring_down tear_down > delete remove destroy stop | unpublish
take_off strip > remove detach | unassign
take_out leave_out > remove | exclude
cross_off tick_off check_off mark_off is_done is_finished im_done_with finished_with over_and_done > complete close update | done finish resolve
take_over > transfer assign | owner
hand_over pass_on pass_to hand_to give_to > transfer assign | owner forward
give_access let_in allow_in let_edit let_read let_use give_edit give_read give_write > create add share grant | permission role access member invite
can_see can_read can_edit can_access has_access allowed_to_see allowed_to_edit who_may > list permissions access | acl collaborators role share
lock_out shut_out keep_out > block revoke ban | deny access
set_up put_together knock_up whip_up > create new configure | setup build
spin_up stand_up fire_up bring_up boot_up > create start launch | boot provision
power_on turn_on switch_on wake_up > start enable activate | power on
power_off turn_off switch_off shut_down shut_off put_to_sleep > stop disable shutdown | power off deactivate
power_cycle turn_off_and_on > reboot restart | power
turn_up crank_up make_louder too_quiet > set increase | volume level
turn_down make_quieter too_loud > set decrease | volume level
turn_it_up turn_it_down turn_up_the turn_down_the > set volume | level
louder quieter loud quiet > set volume
speed_up > increase rate speed
slow_down > decrease rate limit
make_bigger make_larger blow_up beef_up > resize scale upgrade | size
make_smaller cut_down > resize scale reduce | size
more_copies run_copies how_many_copies more_instances > scale replicas replace | instances
add_more > scale create add
go_back roll_back back_to_the_previous previous_version version_before undo_the > rollback revert restore | previous version
back_out call_off pull_out > cancel revoke | delete
bring_back get_back put_back come_back by_accident accidentally by_mistake want_it_back > restore undelete untrash unarchive recover | undo
give_back pay_back money_back send_back > refund return | reverse
put_off push_back delay hold_off > reschedule postpone update | snooze move
move_to_another_day another_time different_time earlier later_date > update move reschedule | patch
bring_forward > reschedule update move
push_out roll_out ship_it put_live go_live take_live > deploy publish release | production
put_on_hold hold pause_for > pause suspend
pick_up carry_on keep_going continue > resume start
try_again do_over one_more_time run_again once_more have_another_go give_it_another > retry rerun | restart again repeat
look_over go_over take_a_look have_a_look look_at > review get check | request
look_into dig_into find_out figure_out > get search query | inspect analyze
let_me_see let_me_look show_me give_me > get | show list
look_for hunt_for hunt_down track_down where_is where_are where_did where_do > search find get | location list
keep_an_eye_on keep_track_of watch_over tell_me_when let_me_know_when let_me_know_if warn_me alert_me notify_me tell_me_if warn_when ping_me_when > create watch subscribe alert | monitor notification webhook policy
stop_telling_me stop_notifying_me leave_me_alone leave_me_in_peace dont_disturb do_not_disturb dont_bother not_be_disturbed no_interruptions > mute snooze dnd set | unsubscribe notification
remind_me dont_let_me_forget dont_forget nudge_me > create add reminder | remind
jot_down write_down note_down make_a_note > create add note | write
fill_in fill_out > update submit create | form
hand_in turn_in put_in > submit create
sign_up > register create subscribe
sign_off sign_off_on looks_good lgtm give_the_green_light green_light rubber_stamp > approve accept confirm | review
turn_down knock_back say_no shoot_down > reject decline deny
say_yes > accept approve confirm
get_in_touch reach_out drop_a_line shoot_an_email fire_off send_word write_to > send create post | message email
get_back_to write_back answer_back > reply send respond | message
let_know give_a_heads_up tell_everyone tell_the_team tell_people tell_them spread_the_word > post send notify | message
speak_up say > post send | message
chime_in leave_a_remark leave_feedback say_something leave_a_note > create comment | review reply note
give_a_ring ring_up give_a_call phone_up call_up > call create dial | phone
hang_up end_the_call > end update cancel | call complete
hop_on dial_in > join call | participant
text_someone text_him text_her text_this text_the drop_a_text > send create message sms
thumbs_up thumbs_down plus_one give_a_like heart_it > add create reaction | react like emoji
shut_up silence stop_talking > mute
speak_to talk_to chat_with > create send message open | conversation chat
write_up draft_up > create write | document draft
put_up stick_up pin_up > post create add | pin
put_in_order sort_out line_up > sort reorder | order
put_behind put_in_front_of > add assign attach
put_together_a_list > list
put_into put_in_a file_under > move add insert | label folder
put_someone_on put_somebody_on put_in_charge > assign add
break_up break_down split_up chop_up break_into cut_up > split create | subtask section
join_together put_together glue_together > merge combine
bring_into get_into land > merge
hook_up plug_in tie_to link_up > connect attach create | link integration
unplug unhook cut_off > disconnect detach remove
open_up > open allow unlock create | rule
close_off > close block remove
wrap_up finish_off > close complete finalize
cash_in > redeem capture collect
pay_out cash_out take_out_money > payout withdraw | transfer bank create
pay_off settle_up > pay settle
save_as turn_into change_into make_a_pdf as_a_pdf as_pdf as_csv as_excel as_word to_pdf to_csv > export convert download | format
save_for_later read_later keep_for_later > save bookmark star add
hold_onto > save retain keep
back_up make_a_copy keep_a_copy another_copy one_like_this same_again > copy duplicate create fork | backup clone snapshot
older_copy old_copy earlier_copy > backup snapshot version | revision list
older_version older_versions earlier_versions previous_versions who_changed what_changed_in edited_when > list revisions versions history | changes
what_changed what_is_different difference_between diff_between changed_between > compare diff | changes
whats_new what_is_new what_happened whats_happening going_on what_is_going_on been_up_to > list latest recent | activity history events news release
go_wrong went_wrong goes_wrong why_did why_does blew_up fell_over keeps_crashing what_broke is_broken not_working doesnt_work whats_wrong what_is_wrong > get read logs | errors status failed log
what_does_it_print it_prints app_prints it_says it_print say_on_the_console on_the_screen > get read log logs | output
did_it_work did_it_go_through has_it_finished is_it_done is_it_finished is_it_ready how_did_it_go how_is_it_going hows_it_going how_far_along how_are_we_doing how_are_things is_it_working is_it_up is_it_running still_running still_alive up_and_running > get status check | progress health list
is_free are_free am_i_free when_free free_slot free_time any_time_for have_time_for > query availability freebusy get | free busy
is_online is_around is_at_their_desk is_he_around is_she_around at_his_desk > get presence status | online availability
who_is_on_call on_call on_duty > list get oncall | schedule rotation shift
who_is_in_charge who_is_responsible who_owns whose_job responsible_for in_charge_of > get owner assignee | list assigned
who_works_here who_is_in who_belongs who_is_part_of who_else everyone_in everybody_in all_the_people > list members users | people participants
who_am_i my_account about_me logged_in_as my_own_details > get me profile identity | authenticated current user account
who_is_on_the who_is_on > list participants members
who_likes_me who_follows_me > list followers
who_wrote who_made who_did > get author | creator contributor
what_have_i_got_on what_is_on what_do_i_have_today what_is_planned whats_on my_day my_week coming_up up_next what_is_next > list upcoming events | calendar schedule queue next
what_do_i_have_to_do what_should_i_do what_is_left left_to_do still_to_do remaining_work on_my_plate what_is_open waiting_for_me assigned_to_me my_work to_do > list assigned tasks | issues open todo
what_do_you_have what_is_there what_is_in what_have_we_got what_do_we_have whats_in > list all get | contents
what_do_we_sell what_do_you_sell for_sale > list products | prices catalog
how_much_do_i_owe how_much_do_we_owe what_do_i_owe what_do_we_owe we_owe i_owe > get balance invoice | outstanding amount due
how_much_do_we_have how_much_money how_rich_are_we how_rich how_broke what_are_we_worth what_is_left_on > get balance | account funds
how_much_does_it_cost how_expensive how_much_is for_how_much what_does_it_cost what_it_costs > get list price | cost pricing
how_much_did_we how_much_have_we > get total report | statistics
havent_paid hasnt_paid not_paid_yet behind_on_payments owes_us owe_us who_owes late_payers > list unpaid invoices | overdue outstanding open
how_big how_large how_fat > get list size | sizes
how_full space_left much_space how_much_space room_left storage_left running_out_of_space > get quota usage storage | about disk
how_long how_old > get duration age | time
how_far > get distance
how_fast > get speed latency
how_often > get frequency count
how_popular how_many_people how_many_visitors how_many_views > get count views | traffic statistics analytics
how_busy how_loaded under_load > get usage load | metrics
how_do_i_get_to way_to get_from > get directions route
how_hot how_cold how_warm will_it_rain is_it_raining > get weather forecast | temperature
next_one next_song skip_this skip_it another_song > skip next
one_before last_one go_back_one previous_song > previous skip
start_over from_the_beginning > restart reset seek
stop_the_music stop_playing be_quiet hold_the_music > pause stop | playback
put_some_music_on put_music_on > play start | playback
play_on play_it_on move_the_music on_another_speaker > transfer playback | device
sounds_like more_like like_this_one similar_to something_like like_these bands_like songs_like > get related recommendations similar | list
what_is_this_song what_song what_is_playing whats_playing whats_this_song > get current currently playing | track
listen_to heard listened_to > played recently history
by_hand manually > dispatch trigger create | run manual
in_the_background > async job queue
on_a_schedule every_night every_day every_week every_hour every_month each_night each_morning every_morning each_week runs_every on_a_timer > schedule cron recurring | cronjob
tomorrow_at later_today at_nine at_noon next_week_at send_it_later not_now_but > schedule scheduled
only_visible_to only_he_can_see only_she_can_see only_one_person just_for_him just_for_her nobody_else_sees > ephemeral private
in_private behind_closed_doors > private direct
by_itself automatically auto on_its_own > automatic filter rule | auto
on_holiday on_vacation out_of_office away_from_my_desk on_leave days_off day_off time_off im_away > vacation leave absence | responder auto reply
call_in_sick off_sick > create absence leave | sick
pay_every_month every_month_payment stop_paying quit_paying > subscription | cancel recurring delete
come_up_with think_up > generate create
ask_for > request create
ask_someone ask_him ask_her ask_them > request
sign_in log_in > login authenticate create | session token
sign_out log_out > logout delete revoke | session
forgot_my_password cant_log_in cant_get_in locked_out_of lost_my_password > reset recover password | auth unlock
change_my_mind changed_my_mind > cancel undo
never_mind forget_it > cancel dismiss
go_through page_through step_through > list browse
publish_on_the_web put_on_the_web share_with_the_world > publish share | public
make_sure double_check > check verify validate
make_someone_admin make_him_admin make_her_admin make_admin > update add promote | role admin member
get_together set_up_a_meeting meet_with catch_up_with lunch_with dinner_with coffee_with put_in_my_calendar put_in_the_calendar > create insert schedule | event meeting calendar
point_at point_to points_to resolve_to > update record create | dns domain
open_port let_traffic_through let_traffic > add rule update | firewall port
log_into_the_machine log_into_the_box open_a_shell get_a_shell shell_into ssh_into get_into_the_container > exec connect execute | shell console
stick_to set_in_stone > pin lock
take_a_picture take_a_photo snap_a > capture create snapshot
take_stock > list inventory
take_turns > rotate
read_aloud read_out > speech synthesize
write_out type_up > transcribe
sum_up in_a_nutshell short_version tldr boil_down > summarize summary
in_another_language into_french into_german into_spanish in_english > translate
pull_up bring_up_the > get show
shove stuff plonk > put add move
tell inform > notify send post | message
holler yell announce broadcast > post send publish | message announcement
swap exchange > replace switch
tweak twiddle touch_up > update modify adjust
rejig shuffle_around > reorder move
zap obliterate > delete destroy
grab fetch_me give_me show_me hand_me > get list download
dish_out dole_out > distribute assign
chase chase_up > remind notify | overdue
nag > remind
stash park > save store archive
unearth > search find
unpin > remove delete | pin
unstar unfavorite unlike > remove delete | star like
unfollow > remove delete | follow follower
unassign > remove delete | assignee
unlink unmount unplug > remove detach | link
unshare > remove delete revoke | permission share
untag unlabel > remove delete | tag label
unblock unban > remove delete | block ban
uninstall > remove delete | install
unsend unpost unpublish > delete remove | message post
undelete untrash unarchive > restore undelete | trash archive
undo > revert restore cancel | undo
regex regexp wildcard > search find grep | pattern regular expression match
email_the email_a email_my email_him email_her email_them mail_the mail_him mail_her mail_them > send | email message mail
message_the message_him message_her message_them > send post | message
invoice_the invoice_a invoice_my bill_the bill_them > create send | invoice
going_off firing go_off > list get | alerts alarm firing
ignore > block mute | dismiss
propose suggest put_forward > create open | request pull proposal
each_time every_time on_every about_every whenever > create | webhook subscription notification
can_push may_push allowed_to_push > list collaborators | permission access
wire > transfer send create | payout
spread_visitors spread_requests spread_users > create | load balancer
isolate wall_off fence_off > create | network private vpc
who_sees who_gets_to_see > list permissions access | acl share
stop_showing no_longer_show > revoke delete | permission share
expose make_reachable > create publish | ingress service
mute_someone mute_somebody mute_him mute_her > update | participant mute
reopen open_again > update open | state
wrote_about write_about said_about say_about > search | messages
remind > create add | reminder
to_monday to_tuesday to_wednesday to_thursday to_friday to_tomorrow to_next_week > reschedule update patch | event
meet_next do_we_meet team_meet > list | events calendar meeting
get_me_a get_us_a need_a_new > create buy order | new
working_on busy_with > list assigned | tasks
waiting_for_my awaiting_my my_opinion > list requested | review
moved_house moved_to new_address > update | address
propose_changes propose_my_changes suggest_changes suggest_a_change > create open | pull request
sent_later send_later go_out_later goes_out_later > scheduled | schedule
become_the_main the_main_one make_primary > promote | primary
no_longer_need no_longer_needed no_longer_want no_longer_wanted no_longer_use dont_need dont_want dont_offer not_need_any_more not_wanted_any_more > delete remove cancel
tell_about tell_me_about know_about more_about > get info | details information
made_a_typo made_a_mistake wrote_it_wrong is_misspelled misspelled > update edit
get_notified get_told be_notified be_told be_informed > create watch | webhook subscription notification
take_back > remove delete | undo
pull_back call_back > reverse cancel | revoke
give_up_a give_up_the give_up_my give_up_our > delete release | remove
take_access_away take_rights_away take_write_access take_read_access > remove delete revoke | permission collaborator access
be_left_alone leave_in_peace left_in_peace be_undisturbed > set | snooze dnd disturb
call_this call_the call_him call_her call_them call_my call_our > call create dial | phone
draw paint sketch > create generate | image picture
turn_off_and_on turn_on_and_off reboot power_cycle > reboot restart | action power
ask_to_review ask_for_a_review ask_for_review > request | reviewers review
belong_to belongs_to part_of > list | memberships member
throw_out_a_review > dismiss | review
tick_off > complete
get_out_of extract_from > extract get
show_as_read > mark read
stop_following no_longer_follow > unfollow remove | follow
turn_off_do_not_disturb end_do_not_disturb leave_do_not_disturb > end | dnd snooze
new_password change_password another_password > reset update | password auth
who_reacted > get | reactions
`
