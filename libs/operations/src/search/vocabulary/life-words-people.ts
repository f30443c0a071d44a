/**
 * A second look at conversations, mail, calendars, documents, tasks, customers and payments: how agents and their users ask for the same in other words,
 * in the form of the idioms. Written from general knowledge of such APIs, never from the labelled queries.
 */

/** What is done with things of all kinds, whoever offers them. */
export const WHAT_IS_DONE_WITH_ANYTHING = `
look_at_just_one only_this_one all_the_details_of all_details_of details_for_a everything_on_one read_one_of load_a_single pull_the_record_of show_the_record > get retrieve | details
see_them_all all_of_them every_one_of_them full_list complete_list whole_list the_whole_lot run_down_of rundown_of give_me_an_overview an_overview_of > list
which_ones_are_there what_all_is_there what_else_is_there what_is_available > list | available
one_by_one page_by_page > list | page
the_ones_that_belong_to_me belonging_to_me that_i_own i_own owned_by_me > list | authenticated current user owner
belonging_to_somebody_else somebody_elses someone_elses another_persons of_another_person of_another_user of_a_given_user of_a_certain_user > list | user
who_belongs_to who_all_belongs > list members | member
start_from_nothing from_scratch brand_new a_fresh_one a_new_one one_more_of > create new
put_into_the_system enter_into_the_system enter_in_the_system feed_into_the_system register_in_the_system get_it_into_the_system > create add | register
make_some_changes_to change_something_about change_a_few_things make_changes_to change_the_details change_some_details alter_the_details change_the_data_of edit_the_details > update edit | modify
change_only_part only_change_some change_just_one_thing change_one_field change_a_single_field > patch update
put_a_completely_new_one swap_the_whole_thing overwrite_everything > replace update
take_it_out_of_the_system gone_for_good gone_forever make_it_disappear make_it_vanish make_it_go_away take_out_of_existence out_of_the_system never_want_to_see > delete remove
throw_them_all_away all_of_them_away remove_every_single_one > delete clear all | batch
is_there_such_a does_it_exist does_such_a is_there_one_called > get check | exists
is_it_part_of is_someone_part_of is_she_a_member is_he_a_member is_someone_a_member does_he_belong does_she_belong > check get membership | member
take_part_in_it be_part_of_it let_me_be_part > join | membership
make_someone_part_of make_him_part_of make_her_part_of let_someone_be_part > add invite member | membership
no_longer_part_of_it no_longer_part_of no_longer_a_member_of > remove leave member | membership
switch_it_on_again put_back_in_service back_in_service in_use_again make_it_active_again > enable activate | reactivate
take_out_of_service out_of_service put_out_of_use out_of_use no_longer_in_use make_it_inactive > disable deactivate | archive
sort_it_under put_it_under_the_heading give_it_a_keyword > add tag label | category
what_happened_to_it what_has_happened_to what_was_done_to what_became_of_it course_of_events > list get history | events activity
put_it_back_the_way make_it_as_before undo_the_change undo_my_change take_back_the_change take_back_my_change > restore revert | undo
make_one_just_like exactly_the_same_again one_of_the_same use_it_as_a_model a_twin_of > duplicate copy clone | create
hand_it_on_to pass_it_to_someone put_in_other_hands in_other_hands > transfer assign | owner
put_a_picture_to hang_a_file hang_a_picture put_a_document_with fasten_a_file > create upload attachment | attach file
which_files_are_attached what_is_attached what_files_hang attached_files files_that_hang > list get attachments | attachment
show_me_the_attached_file the_attached_file > get attachment | file
take_the_attached_file_off remove_the_attached > delete attachment | file
write_a_remark make_a_remark put_a_comment have_my_say add_my_two_cents add_my_opinion say_what_i_think > create comment | comments
what_have_others_said what_do_the_others_say what_are_people_saying read_what_people_wrote which_remarks read_the_comments show_the_comments > list get comments | comment
reword_my_comment correct_my_comment change_my_comment change_a_remark fix_my_comment > update comment | edit
take_back_my_comment take_my_comment_down drop_my_comment remove_a_remark > delete comment | comments
answer_a_comment react_to_a_comment respond_to_a_remark answer_someones_remark > create reply | comment replies
what_did_they_answer answers_to_the_comment answers_to_a_comment answers_to_a_remark > list get replies | comment
find_by_name find_by_its_name look_it_up_by_name look_up_by_name i_know_only_the_name starts_with_these_letters begins_with_these_letters while_i_type > search typeahead | lookup
find_by_mail_address find_by_email look_up_by_email i_know_only_the_email whose_email_address_is_this > lookup by email | user
ordered_by_date newest_first oldest_first > list | sort
at_the_same_time_for_many many_in_one_go many_of_them_together for_many_at_once several_in_one_step > batch bulk
how_many_of_them_are_there how_many_are_there what_is_the_number_of count_how_many > count get | counts total
make_a_duplicate make_a_second_copy a_duplicate_of a_twin_of_it a_second_one_like > copy duplicate clone
move_to_another_status move_to_another_state change_the_status_of set_the_status_of put_into_another_state > update transition | status state
who_came_to who_showed_up who_turned_up who_was_present who_was_at > list participants attendees | report
groups_someone_belongs groups_someone_is_in in_which_groups_is which_groups_does > list memberships groups | user
how_long_must_it_be_kept how_long_files_are_kept how_long_must_files how_long_do_we_keep rules_for_keeping > retention policy | policies
stop_someone_from_posting stop_someone_from_writing may_no_longer_post may_no_longer_write > silence mute suspend | user
put_people_in_a_group put_people_into_a_group put_a_person_in_the_group add_people_to_the_group > add members group | member
never_see_again never_see_someone dont_show_me_posts_of dont_show_me > mute block hide | user
people_i_have_silenced people_i_silenced people_i_muted whom_did_i_mute whom_have_i_muted > list muted muting mutes | users
use_instead_of what_can_i_use_instead something_to_use_instead in_place_of_it what_could_replace > get substitutes alternatives | substitute
own_set_of_rights own_rights own_role self_made_role > custom role | roles permissions
surprise_me anything_will_do whatever_you_like pick_one_for_me pick_something_for_me > get random | recommendations
cards_we_pay_with how_we_pay what_we_pay_with > list payment methods | card billing
give_stars_to give_five_stars say_how_good_it_was how_did_you_like_it > rate create rating | review
how_long_until_it_is_here how_long_until when_will_it_be_here how_soon_is > get eta estimate | arrival
is_it_alive is_it_still_alive does_it_react are_you_there are_you_alive > ping check | health status
something_that_stays_when place_for_data_that_stays data_that_survives_a_restart > create volume | persistent
save_the_state_of save_everything_as_it_is keep_everything_as_it_is > create backup snapshot | export
set_them_all_anew put_others_in_their_place put_these_in_their_place > replace set
add_and_take_away add_some_and_remove_some > modify update | members
without_an_account not_signed_up > guest anonymous
things_that_repeat payments_that_repeat events_that_repeat something_that_repeats > list recurring | repeat
prices_of_everything what_do_things_cost > list prices | price catalog
do_this_when_that_happens when_this_happens_do react_to_events_by > create automation rule workflow | trigger
let_it_run_by_itself make_it_run_by_itself let_it_happen_by_itself > create automation schedule | workflow
tell_me_the_outcome how_did_it_end how_did_it_turn_out > get result status | results
talk_about_one_subject discussions_in_a_group threads_in latest_discussions newest_discussions > list topics threads | latest
give_an_award give_a_badge award_someone > create grant badge | user
tell_my_program_when call_my_program_when call_my_service_when let_my_program_know tell_my_system_when > create webhook subscription | hook endpoint
where_are_events_sent where_do_events_go which_addresses_get_events > list webhook endpoints | hooks
no_longer_call_my_program stop_calling_my_server stop_sending_events no_more_events_to > delete webhook endpoint | hook
send_events_somewhere_else change_where_events_go change_the_address_that_gets > update webhook endpoint | hook url
`

/** What is done with people, talks, dates and papers, in the words of agents. */
export const WHAT_AGENTS_ASK_FOR = `
let_my_team_know let_the_others_know let_my_colleagues_know tell_my_colleagues write_to_my_colleagues put_up_a_notice post_a_notice say_hello_to_the_team greet_the_team wish_the_team > post message | chat channel
whisper_to whisper_something show_it_to_one_person_only only_for_their_eyes so_only_one_person only_one_person_can_see > post ephemeral | message chat
say_that_i_am_doing say_in_the_third_person > me message | chat
show_a_preview_of_the_link fill_out_the_link make_the_link_nicer > unfurl | link chat
give_me_the_link_to_the_message point_someone_to_a_message refer_to_a_message link_to_what_was_said > get permalink | message chat
have_the_message_go_out message_should_go_out make_the_message_go_out send_the_message_at post_the_message_at > schedule message | chat
messages_that_will_go_out messages_waiting_to_go what_will_be_posted what_have_i_planned_to_say > list scheduled messages | chat
dont_post_it_after_all dont_send_it_after_all stop_the_message_from_going > delete scheduled message | chat
make_a_private_talk get_a_few_people_into open_a_line_to talk_to_a_few_people > open conversation | direct im
put_the_talk_away leave_the_private_talk shut_the_private_talk > close conversation | direct im
which_rooms_am_i which_channels_am_i channels_im_in where_am_i_a_member > list users conversations | channels
what_is_this_channel_about tell_me_about_the_channel facts_about_the_channel > get info conversation | channel
who_can_hear_me who_will_read_this everybody_in_the_channel everyone_in_the_channel people_in_the_channel > list members conversation | channel
when_is_someone_undisturbed does_someone_want_quiet is_he_undisturbed is_quiet_time_on who_does_not_want_to_be_disturbed > get info dnd | snooze team
show_that_im_here i_am_here i_am_at_my_desk set_me_active im_back > set presence active | users
remove_my_picture take_my_picture_down no_picture_of_me > delete photo | users profile
what_fields_do_profiles questions_in_the_profile shape_of_the_profile > get team profile | fields
about_our_workspace facts_about_our_workspace name_of_the_workspace > get info team | workspace
who_has_which_smiley which_reactions_did_it what_reactions_did how_did_people_react > get reactions | reaction
what_did_i_react_to > list reactions | user
files_in_the_channel files_people_shared pictures_people_shared what_files_were_posted > list files | channel
let_the_public_see_the_file make_the_file_public public_address_for_the_file > share public url file | files
no_longer_public_file make_the_file_private_again stop_the_public_link > revoke public url file | files
switch_a_mention_group_off no_longer_use_the_handle > disable usergroup | group
switch_a_mention_group_on use_the_handle_again > enable usergroup | group
change_who_is_in_the_mention_group change_the_people_of_the_handle > update usergroup users | members
help_me_remember make_me_remember poke_me_about poke_me_when nudge_me_about set_a_reminder > add create reminder | reminders
i_have_remembered reminder_is_done done_with_the_reminder > complete reminder | reminders
no_longer_remind_me drop_the_reminder stop_reminding_me > delete reminder | reminders
what_am_i_reminded_of what_did_i_ask_to_be_reminded > list reminders | reminder
let_a_mail_go_out have_a_mail_sent get_a_mail_to write_to_a_customer_by_mail > send message | mail email
whole_mail_history_with mails_with_someone exchange_of_mails > list get threads | thread messages
put_the_conversation_in_the_bin throw_the_whole_conversation bin_the_whole_thread > trash delete thread | threads
get_the_conversation_back_from whole_thread_back > untrash thread | threads
put_a_label_on_the_conversation label_the_whole_conversation label_the_thread mark_the_whole_conversation > modify thread labels | threads
which_labels_do_i_use kinds_of_labels what_folders_do_i > list labels | label mail
make_a_new_label new_label_for_mail new_mail_folder > create label | labels mail
rename_a_mail_folder rename_my_label > update label | labels mail
how_many_mails_are_under how_many_unread_mails how_many_mails_do_i > get label profile | unread messages total
how_is_my_mailbox size_of_my_mailbox total_number_of_mails > get profile | mailbox
how_do_i_sign_my_mails change_my_signature new_signature text_under_my_mail > update send as | signature settings
another_address_to_send_from write_from_my_other_address > create send as | alias settings
let_my_assistant_read let_my_secretary let_someone_handle_my_mail > create delegate | settings
who_else_reads_my_mail who_has_access_to_my_mailbox > list delegates | settings
assistant_may_no_longer_read no_longer_reads_my_mail > delete delegate | settings
is_my_mail_passed_on is_forwarding_on where_is_my_mail_sent_on > get auto forwarding | settings
addresses_mail_may_be_sent_on > list forwarding addresses | settings
what_does_my_holiday_answer_say is_my_holiday_answer_on is_my_out_of_office_on > get vacation | settings responder
sort_mail_by_itself do_something_with_certain_mails mails_from_this_sender_should always_put_mails > create filter | settings
no_longer_sort_mail drop_the_mail_rule > delete filter | settings
let_me_have_a_calendar_for one_more_calendar calendar_for_the_team calendar_for_a_project > insert create calendar | calendars
what_calendars_can_i_see which_calendars_do_i > list calendar list | calendars
change_how_a_calendar_looks colour_of_my_calendar other_colour_for_the_calendar show_the_calendar_in > update calendar list | color
rename_the_calendar change_the_time_zone_of_the_calendar > update calendar | calendars
put_a_date_down put_lunch_in put_dinner_in put_the_dentist enter_my_holiday lunch_with dinner_with make_time_for keep_an_hour > insert create event | calendar
type_it_as_a_sentence enter_it_in_one_line from_one_line_of_text > quick add event | text
take_over_an_event bring_an_event_in_from > import event | events
have_we_got_time_for is_the_slot_free is_anyone_busy who_has_time busy_or_free > query freebusy | availability
how_is_my_calendar_set_up settings_of_my_calendar which_time_zone_does_my_calendar > get list settings | calendar
which_colours_are_there which_colours_can_i_use > get colors | calendar
give_someone_a_look_into_my_calendar may_look_at_my_calendar allowed_to_see_my_calendar > insert create acl rule | calendar
take_away_the_look_into_my_calendar no_longer_see_my_calendar > delete acl rule | calendar
room_for_files_of_the_team drive_for_the_team place_for_team_files > create drive | drives shared
which_team_drives_are_there > list drives | shared
how_much_can_i_store how_much_room_is_left am_i_running_out_of_space > get about | storage quota
bin_is_full get_rid_of_everything_in_the_bin throw_out_whats_in_the_bin > empty trash | files
save_the_document_as_a_word get_the_document_as turn_it_into_a_pdf_file > export file | files
who_gets_to_read_the_document who_can_read_the_file people_who_can_see_the_file > list permissions | file
change_what_someone_may_do_with > update permission | role
earlier_states_of_the_file earlier_states_of_the_document how_the_document_looked > list revisions | revision
write_something_under_the_page add_something_to_the_page put_more_on_the_page put_a_list_on_the_page > append block children | page
change_a_piece_of_the_page change_a_paragraph fix_a_paragraph reword_a_paragraph > update block | page
what_is_written_on_the_page read_what_is_on_the_page what_stands_on_the_page contents_of_the_page > retrieve block children | page list
look_for_rows_in_the_table rows_of_the_table_that entries_of_the_table_that filter_the_entries > query database | filter
change_the_columns_of_the_table new_column_for_the_table rename_a_column > update database | properties
change_a_value_on_the_page fill_in_a_field_of_the_page set_a_field_of_the_page > update page properties | property
read_one_field_of_the_page value_of_one_field > retrieve page property item | property
hand_out_work get_someone_to_do have_someone_do something_that_must_be_done write_down_something_to_do > create task | assignee
what_is_there_to_do_in_the_project work_in_the_project tasks_of_the_project > list get tasks project | task
what_is_in_this_column what_is_in_that_column what_stands_in_the_column > get tasks section | column
which_columns_does_the_board columns_does_the_project_have stages_of_the_project > get list sections project | column
put_a_column_somewhere_else move_a_column > insert section project | reorder
make_the_same_task_again repeat_the_task_for > duplicate task | copy
make_the_same_project_again project_like_the_last > duplicate project | copy
project_from_a_model project_from_a_sample start_a_project_from_a > instantiate project | template
what_is_the_task_part_of in_which_projects_is_the_task > get projects task | project
put_a_mark_on_the_task give_the_task_a_tag sort_the_task_under > add tag task | tags
take_the_mark_off_the_task > remove tag task | tags
tasks_with_this_mark everything_marked_with tasks_under_the_tag > get tasks tag | tags
make_it_a_part_of_a_bigger put_the_task_beneath belongs_under_another_task > set parent task | subtask
which_pieces_does_the_task parts_of_the_task pieces_of_the_task > get subtasks task | subtask
say_how_it_is_going_in_the_project give_a_report_on_the_project > create project status | update
how_has_the_project_been_going earlier_reports_on_the_project > get project statuses | status
news_of_the_project_for_someone let_someone_follow_the_project > add followers project | follow
no_longer_news_of_the_project > remove followers project | follow
work_of_the_whole_company everything_in_the_workspace > list get workspace | workspaces
bring_a_new_person_into_the_workspace let_someone_into_the_workspace > add user workspace | invite
person_leaves_the_workspace out_of_the_workspace > remove user workspace | users
what_do_we_want_to_reach what_are_we_aiming_at aims_of_the_company > get list goals | goal
we_reached_the_goal change_our_aim > update goal | goals
no_longer_our_aim > delete goal | goals
what_did_students_hand_in work_students_handed_in handed_in_work homework_that_was_handed_in > list submissions | student assignment
parents_of_a_student parents_of_a_pupil mother_and_father > guardians | guardian student
find_a_bank look_for_a_bank which_banks banks_we_can_connect > search list institutions | bank
what_do_people_earn what_does_the_staff_earn what_do_employees_earn > list wages salary | employee compensation
what_is_in_the_dish what_goes_into_the_dish what_goes_into_a_recipe > get ingredients | recipe
pans_for_the_recipe tools_for_the_recipe what_tools_do_i_need > get equipment | recipe
which_wine_goes_with wine_for_my wine_for_the what_do_i_drink_with > get wine pairing | dish
cups_to_grams pounds_to_kilos miles_to_kilometres turn_cups_into > convert | amount unit
other_versions_of_a_picture more_pictures_like_this > create image variation | images
kinds_of_boxes box_types which_boxes_can_i_send > list package types | package
put_a_buyer_in_the_system new_buyer buyer_for_the_first_time > create customer | customers
buyer_has_a_new_address buyer_moved change_the_mail_of_a_customer > update customer | customers
forget_the_buyer take_the_buyer_out > delete customer | customers
what_has_the_buyer_paid what_did_people_pay_us payments_we_got money_people_paid > list charges payments | charge payment intents
what_is_this_payment look_up_a_payment find_the_payment what_happened_with_the_payment > get retrieve charge payment intent | payments
something_about_the_payment note_on_the_payment add_a_note_to_the_payment > update charge payment intent | metadata description
what_have_we_given_back money_we_gave_back what_did_we_pay_back given_back_money > list refunds | refund
dont_give_the_money_back_after_all stop_giving_the_money_back stop_the_refund > cancel refund | refunds
what_do_they_complain_about complaints_at_the_bank who_went_to_the_bank > list disputes | dispute
give_our_side_of_the_story tell_our_side send_in_proof_for > update dispute | evidence
what_went_to_our_bank transfers_to_our_bank money_sent_to_our_bank > list payouts | payout
dont_send_the_money_to_the_bank stop_the_money_to_the_bank > cancel payout | payouts
get_the_money_back_from_the_bank bring_the_money_back_from_the_bank > reverse payout | payouts
something_people_can_buy name_a_thing_we_sell describe_what_we_sell > create product | products
what_does_it_cost_to set_what_it_costs new_price_for ask_another_price > create price | prices
code_that_makes_it_cheaper word_customers_type_in_for > create promotion code | coupon
who_pays_us_regularly who_pays_us_every running_contracts_with_customers > list subscriptions | subscription
something_extra_on_the_bill put_something_extra_on > create invoiceitem | invoice item
take_something_off_the_bill take_a_line_off > delete invoiceitem | invoice item
where_does_every_cent every_movement_on_the_balance > list balance transactions | transaction
caller_wants_a_person bring_in_another_person_on_the_phone > create participant | conference call
how_did_the_call_go look_up_a_call > fetch get call | calls
forget_the_call remove_the_call_from_the_list > delete call | calls
did_my_text_get_there what_happened_to_my_text look_up_a_text > fetch get message | sms
wipe_the_words_of_a_text black_out_a_text remove_the_words_of > update message | redact body
which_group_calls_are_going_on joint_calls_now > list conferences | conference
make_a_waiting_line line_for_callers new_line_for_callers > create queue | queues
longer_waiting_line how_many_may_wait > update queue | size
taped_calls what_was_taped which_calls_were_taped > list recordings | recording
throw_the_tape_away delete_the_tape > delete recording | recordings
how_much_calling_money how_much_money_is_left_for_calls > fetch balance | account
`
