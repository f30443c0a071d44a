/**
 * What people ask of the usual services, without the words of their APIs. `said > meant | related` stands for one direction. Written from general
 * knowledge of APIs; the last 31 lines after failures of the queries to tune on, none from those that are held out.
 */
export const REQUESTS = `
money_in_and_out movements account_statement bank_statement comings_and_goings > transactions balance | history list
take_money take_the_money charge_the_card collect_money get_paid accept_payment receive_money > charge create payment | intent
contested reversed_by_the_bank complaint_about_a_payment > dispute | charge
pay_page payment_page hosted_page place_to_check_out > checkout session | payment link
price_reduction price_cut cheaper rabatt > coupon discount promotion | code
money_to_our_bank transfer_to_the_bank bank_transfer our_money_arrives wire get_our_money > payout transfer | bank
monthly_plan monthly_subscriber recurring_revenue paying_monthly keeps_paying > subscription | plan recurring
price_offer cost_estimate > quote
annul_the_bill cancel_the_bill > void invoice
extra_cost extra_fee additional_cost line_on_the_bill line_to_the_bill add_a_line > invoiceitem line item | create
saved_card stored_card card_on_file remove_a_card delete_a_card bank_card > payment method card | detach source
new_client new_customer somebody_new_buys sign_up_a_customer > create customer
what_we_offer our_range assortment things_we_sell > list products | catalog
code_hosting code_project codebase source_tree > repository
code_people coders developers devs programmers > contributors collaborators members | users
who_works_on who_contributes > list contributors collaborators | members
new_repo start_a_project start_a_repo > create repository | project
own_copy_of my_copy_of > fork create | copy
proposed_changes change_proposal suggested_changes code_change > pull request | list
ready_to_merge bring_in_the_changes bring_the_changes bring_the_branch accept_the_changes put_into_main into_main into_master > merge pull | branch
automatic_checks checks test_run test_runs > workflow runs checks status | statuses
keep_secret hidden_value secret_value store_a_password > secret create
who_gets_the_bug give_the_bug_to somebody_to_fix > assign assignees issue | add
put_a_word_on mark_it_as > add label tag
target_date_for_a_release release_plan > milestone
shut_the_discussion stop_the_discussion no_more_comments from_commenting > lock issue conversation
download_page published_versions downloads > releases list | release
how_many_people_look how_many_people_see popularity audience > views traffic | statistics
blocked_people people_we_blocked unwanted_people banned > list blocked users | block
private_chat one_to_one talk_in_private > conversation open | direct message
old_channel close_down_a_channel retire_a_channel > archive channel conversation
become_part_of get_into_a_channel enter_a_channel > join conversation channel
walk_out step_out_of > leave conversation channel
new_name_for give_a_new_name different_name call_it_something_else > rename update | name
quiet_time quiet_hours silence_for peace_and_quiet > snooze dnd set | disturb
say_it_later deliver_later timed_message message_for_tomorrow > schedule message | scheduled
take_back_a_message unsay > delete message | chat
company_chat workplace > workspace team info | slack
everyone_at_the_company who_is_at_the_company > list users | members
away_or_here here_or_away green_dot > presence | status
what_i_pinned what_is_pinned stuck_to_the_top > pins list
emoji_under emoji_on smiley_on put_an_emoji > add reaction
attachment_to_chat send_a_file share_a_file share_a_picture > upload file | files
destroy_a_machine erase_a_machine rid_of_a_machine decommission > destroy delete droplet server instance | machine
rent_a_machine rent_a_server new_machine another_machine new_computer another_computer > create droplet server instance | machine
reboot_the_machine restart_the_machine restart_the_server reboot_the_server machine_hangs > reboot droplet action restart | server instance
state_of_the_machine frozen_copy copy_of_the_machine copy_of_a_machine copy_of_the_disk > snapshot | image backup
login_keys keys_for_logging_in my_public_key > ssh key keys | add
who_may_connect trusted_sources allowed_addresses > firewall rules | list
spread_the_load share_the_load spread_the_traffic distribute_traffic > load balancer
names_we_own web_addresses our_addresses addresses_we_own > list domains
encryption_for_the_site secure_the_site padlock_for > certificate create
files_near_the_user faster_delivery > cdn endpoint
isolated_network closed_network internal_network > vpc network | private
address_that_stays permanent_address > reserved ip | static
name_for_grouping group_resources mark_resources > tag tags | project
grow_the_database bigger_database more_power_for_the_database > resize update cluster database | size
data_servers sql_server > database cluster
copy_for_reading second_copy_of_the_database > replica create database
saved_copies safety_copy safety_copies > backups backup snapshot | list
container_store place_for_images > registry
put_online bring_online get_it_online publish_the_app > deploy create app deployment
what_was_released past_releases_of_the_app > deployments list | app
amount_due_to_the_cloud cloud_provider provider hosting_costs hosting_bill > balance billing invoice | account
date_book > calendar
add_to_my_day put_on_my_agenda make_an_appointment make_a_date plan_a_meeting arrange_a_meeting fix_a_date > insert create event | quick add
appointments_today what_is_today today_meetings meetings_today > list events
throw_out_an_appointment drop_a_meeting > delete event
every_occurrence each_occurrence dates_of_a_series > instances events | recurring
who_can_see_my_calendar let_someone_see_my_calendar share_my_calendar share_a_calendar share_the_calendar > insert acl list rule | create sharing
new_calendar separate_calendar > insert calendar create
correspondence post_box incoming_post > messages list | mail
throw_a_mail_away bin_a_mail > trash message
unsent_mail unsent_letters mail_i_started mails_i_started not_yet_sent > list drafts | draft
sort_incoming sort_incoming_mail rule_for_mail incoming_mail_rule > create filter filters | settings
out_of_the_office_note absence_note holiday_note holiday_message > update vacation | settings responder
who_reads_my_mail let_a_person_read > list delegates create | delegate
other_addresses_i_send_from from_address > send_as list
mail_to_another_address mail_to_another > forwarding | auto address
people_who_can_open people_who_may_open > list permissions
stop_sharing no_longer_share take_away_access remove_access access_to_a_document access_to_the_file > delete permission | revoke
give_someone_access let_someone_open > create permission
how_it_was_yesterday state_from_last_week state_before > revisions list | version
space_used used_space > about get storage | quota
file_in_another_format in_another_format > export file | convert
second_copy > copy
new_folder_in make_a_folder create_a_folder > create files folder
what_is_on_the_record songs_on_an_album songs_of_an_album > tracks album list
what_else_by_them other_records_by records_by > albums artist
people_who_sound_like > related artists
what_i_like what_i_love my_favourites > saved tracks list
put_in_my_library keep_this_song > save tracks | user
what_comes_after songs_to_come > queue get
back_one_song the_song_before > previous skip playback
carry_on_playing press_play > start resume playback
where_can_i_play which_speakers > devices available
tastes_of_me what_i_listen_to_most most_listened > top artists tracks
suggest_music music_for_me what_should_i_hear > recommendations get
picture_of_the_playlist > playlist cover image
machines_in_the_cluster hardware_of_the_cluster > list node nodes
running_things what_is_running running_programs > list pods containers | processes
remove_a_pod throw_a_pod > evict delete pod | eviction
program_versions_running > deployments list
entry_point_for_traffic let_the_world_in reach_from_outside from_the_outside > ingress service create
how_many_run number_running > scale replicas
settings_for_the_app settings_of_the_app > configmap list read
passwords_in_the_cluster > secrets list
repeat_job repeated_job regular_job > cronjob cron job
grow_with_load grow_under_load > autoscaler horizontal
people_on_the_line people_in_the_call > participants list conference
put_someone_through > update call participant
what_was_said_on_the_phone > recordings list
end_a_call cut_the_call > update call
rent_a_number get_a_number > create incoming phone number
callers_in_line line_of_callers > queue
goal_of_the_quarter where_we_want_to_be > goal goals
discussion_of_a_task what_was_said_about_the_task remark_on_a_task > story stories task | comment
helpers_on_a_project people_on_a_project add_people_to > members project add
parts_of_a_project parts_of_the_project > sections project
piece_of_work new_work something_to_do > task create
work_of_a_person > tasks list
jobs_of_the_team team_work > projects team tasks
how_is_the_project > project status statuses
text_of_the_page what_is_on_the_page what_the_page_says > block children retrieve | page
write_more add_text_to_the_page > append block children
entries_in_a_table look_up_entries > query database
questions_people_left notes_on_the_page > comments retrieve
done_with all_done_with im_through_with thats_done > complete update close | done finish
file_a report_a raise_a lodge_a log_a open_a declare_a put_in_a > create open | report
who_deleted who_removed who_changed who_touched who_created who_renamed who_looked_at > search list audit | history log events activity blame
what_did_i_tell what_did_i_say what_did_we_say do_you_remember you_remember do_you_still_know what_do_you_know_about > recall get search | memory remember history
get_the_newest get_the_latest fetch_the_newest bring_up_to_date up_to_date > pull update fetch | latest
have_left are_left is_left still_have still_there left_over left_in > count get | remaining quantity stock quota
write_to > send create | message email
make_warmer make_colder make_hotter make_cooler > set update | temperature thermostat
make_brighter make_darker > set update | light brightness
make_faster > scale upgrade | performance
make_an_admin make_admin make_the_owner make_owner > grant update add promote | role admin member
wake_me wake_up_at count_down > create start set | timer alarm
wake_someone wake_somebody > create notify page | incident alert
print_out run_off > print
run_out runs_out expires_on when_does_it_end > get inspect list | expiry expire certificate
close_by near_here near_me around_here round_here in_the_area round_the_corner > search find nearby | place location
get_from how_do_i_get how_do_we_get way_from drive_from walk_from > get route directions
what_does_it_look_like look_like looks_like > screenshot preview render describe get | image
press_the push_the hit_the > click press | button element
google_it look_it_up search_the_web search_the_internet on_the_internet > search | web internet
put_on_some put_some > play start
kill_the_lights lights_out > turn set | lights light off
fly_to flight_to fly_from > search find | flights flight
stay_in sleep_in a_bed_in a_room_in > search find | hotel room
is_it_cold is_it_warm is_it_hot is_it_raining is_it_sunny > get current weather | temperature
need_an_umbrella need_a_coat > get forecast weather | rain
in_dollars in_euros in_pounds in_yen into_dollars into_euros > convert exchange | currency amount
how_much_is worth_now what_is_worth > get quote price | rate
did_win who_won what_was_the_score > get score result | game match
in_french in_german in_spanish in_italian in_chinese in_japanese > translate | language
written_down what_was_said > transcribe | transcription
glue_together stick_together sew_together staple_together > merge combine join
hand_the assign_to give_the_case > assign | owner assignee
want_off days_off a_day_off next_friday_off > create request | leave absence
wants_out wants_to_leave > cancel | subscription
get_another start_another bring_in_another > create spawn start
another_name new_name different_name name_again > rename update | name
get_off drop_out bow_out back_out_of > leave exit quit | cancel
show_as appear_as > set update | presence status
let_off > refund cancel
at_the_end on_the_end to_the_end to_the_bottom at_the_bottom > append add | queue end
delegate_work delegate_to > assign update | assignee
to_everyone to_everybody for_everyone for_everybody to_the_world on_the_web on_the_internet to_the_internet > public | publish share
visible_to > share publish | public
take_off_the take_a_person_off take_someone_off > remove | assignees
smile_at laugh_at wink_at > add | reaction
abort_the cut_short break_off > cancel stop | run
have_a_date_with see_the_dentist at_the_dentist with_the_dentist with_the_doctor > insert create | event appointment
let_into > invite add | member
put_in_the_bin put_in_the_trash in_the_bin in_the_trash > trash delete
paragraph paragraphs > block text | append children
gadget gadgets appliance > device
standby > replica | secondary
payments_received received_payments every_payment > charges payments list
archive_mail archive_email star_email label_email > modify | messages labels
put_a_meeting put_an_event put_an_appointment > insert create | event calendar
share_with > create share | permission
may_connect can_connect allowed_to_connect addresses_may_connect > list update | firewall rules trusted sources
slow_query query_slow > explain | plan query
editor viewer commenter > role | permission writer reader
maintenance patched patching > maintenance window
somebodys_repo > repository | user
milk bread eggs > item
like_a_song like_this_song like_the_song love_this_song > save | tracks saved
snippet code_snippet > gist | code
attach_a_file attach_file attach_a_document attach_a_picture > upload create | attachment file
column_to_a_board column_of_a_board board_column columns_of_a_board > section | board project
allow_comments comments_again enable_comments open_the_discussion > unlock | conversation issue
build_output build_log build_print build_printed > download get logs | workflow run
my_email_address my_own_address my_mail_address > get profile | email
how_many_replicas replica_count number_of_replicas > read get | scale
take_off_a_node move_off_node off_its_node drain_a_node > evict | eviction
hosted_page hosted_checkout > checkout session
prospects > quotes leads | customers
mark_as_won mark_as_lost mark_as_done mark_as_complete mark_as_finished > update complete | status stage
stop_watching no_longer_watch > unwatch unsubscribe remove | watch
have_i_saved have_i_liked do_i_follow am_i_following did_i_save > check | saved follows
pause_notifications mute_notifications silence_notifications no_notifications > set | snooze dnd
send_a_text write_a_text > send create | message sms
waiting_to_be_sent to_be_sent not_sent_yet about_to_be_sent > list scheduled | drafts pending
what_should_i_listen what_to_listen_to what_should_i_watch what_should_i_read > get recommendations | suggestions
try_it_again build_failed > rerun retry
`
