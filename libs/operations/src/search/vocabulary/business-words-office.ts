/**
 * Words for mail, calendars, documents, files, tasks and projects, in the form of the idioms. What is done is apart from what it is done to. Written from
 * general knowledge of such APIs, never from the labelled queries.
 */

/** What is done with mail and calendars. */
export const WHAT_IS_DONE_WITH_MAIL = `
send_a_mail send_an_email send_a_letter write_someone write_somebody mail_someone mail_somebody email_someone email_somebody shoot_off_a_mail drop_an_email drop_a_mail > send | message email mail
begin_a_mail begin_writing_a_mail start_a_mail start_an_email prepare_a_mail prepare_an_email keep_it_unsent leave_it_unsent half_finished > create draft | drafts message
send_what_i_wrote send_the_prepared send_the_unsent send_off_the_draft send_the_draft post_the_draft > send draft | drafts
change_the_draft rewrite_the_draft edit_the_draft keep_writing go_on_writing > update draft | drafts
throw_the_draft_away drop_the_draft delete_the_draft bin_the_draft > delete draft | drafts
any_new_mail any_new_emails do_i_have_mail did_i_get_mail do_i_have_new_mail check_my_mail check_my_email check_my_inbox what_came_in whats_in_my_inbox what_is_in_my_inbox who_wrote_me who_wrote_to_me who_mailed_me who_emailed_me read_my_emails go_through_my_mail > list messages | mail inbox unread
read_a_mail read_the_mail read_an_email read_the_email open_a_mail open_the_mail open_the_email what_does_the_mail_say what_does_the_email_say > get message | mail email
mail_from email_from emails_from mails_from mail_about emails_about mails_about find_the_mail find_an_email look_through_my_mail search_my_mail search_my_inbox dig_up_the_mail dig_up_an_email > list search messages | mail query
whole_conversation the_whole_exchange mails_back_and_forth all_the_replies everything_we_wrote mails_that_belong_together > get thread | threads messages
put_in_a_folder file_the_mail put_a_label_on stick_a_label label_the_mail > modify labels | messages label
take_the_label_off take_a_label_off remove_a_label_from remove_the_label_from > modify remove labels | messages label
get_it_out_of_the_inbox out_of_the_inbox out_of_my_inbox clear_my_inbox clear_out_my_inbox empty_my_inbox inbox_zero > modify archive messages | inbox labels batch
not_read_yet havent_read keep_as_new looks_unread > modify unread | messages label
this_is_spam it_is_spam is_spam mark_as_spam junk_mail unwanted_mail > modify spam | messages label
delete_a_lot_of_mail delete_old_mail delete_old_emails get_rid_of_old_mail remove_lots_of_mail > batch delete messages | trash
get_the_mail_back save_from_the_trash fish_out_of_the_trash fish_out_of_the_bin rescue_from_the_trash rescue_from_the_bin > untrash | restore messages
answer_the_mail answer_an_email reply_to_the_mail reply_to_the_email reply_to_an_email reply_to_my > send reply | message thread
pass_the_mail_on send_the_mail_on forward_the_mail forward_an_email > forward send | message
save_the_attachment get_the_attachment open_the_attachment file_that_came_with file_in_the_mail picture_in_the_mail > get attachment | attachments message
what_has_changed_in_my_mailbox changes_in_the_mailbox > list history changes | mailbox
tell_me_about_new_mail when_a_mail_comes when_mail_arrives when_new_mail new_mail_arrives push_for_new_mail > watch | push notifications mailbox
stop_telling_me_about_mail no_more_mail_notifications > stop | watch notifications
answer_while_i_am_away reply_while_i_am_away tell_people_i_am_away when_i_am_away while_im_away while_i_am_away away_message i_am_on_holiday > update vacation settings | responder
bring_all_mail_to redirect_my_mail send_my_mail_to all_mail_should_go_to my_mail_should_go_to > forwarding auto | address update create
mail_in_someones_name write_from_another_address mail_from_another_address write_as_someone_else > create send as | alias
somebody_else_may_read somebody_else_may_answer > create delegate | delegates
meet_somebody meet_someone plan_a_call set_up_a_call schedule_a_call set_up_an_appointment make_a_date_with get_people_together call_a_meeting call_people_together book_a_meeting book_an_appointment book_time_with put_a_date_in put_it_in_my_calendar put_it_in_the_calendar put_it_in_my_diary block_time block_my_time block_out block_some_time keep_time_free keep_the_afternoon_free enter_a_date > insert create event | calendar
type_a_sentence > quick add | text
call_off_the_meeting cancel_the_meeting cancel_our_meeting cancel_a_meeting meeting_is_off meeting_is_cancelled scrap_the_meeting take_it_out_of_my_calendar drop_the_appointment cancel_my_appointment > delete event | cancel calendar
move_the_meeting move_our_meeting shift_the_meeting push_the_meeting push_the_call put_the_meeting_off postpone_the_meeting meeting_starts_later meet_later_instead meet_another_day change_the_time_of change_the_place_of make_the_meeting_longer make_the_meeting_shorter meeting_takes_longer > patch update event | calendar
invite_to_the_meeting invite_someone_to_the_meeting ask_people_to_the_meeting bring_to_the_meeting add_a_guest add_guests add_someone_to_the_meeting > patch update event | attendees
take_out_of_the_meeting uninvite disinvite remove_a_guest no_longer_invited > patch update event | attendees
will_come i_will_come i_will_be_there ill_be_there i_cant_come i_cannot_come cant_make_it cannot_make_it wont_make_it say_ill_come accept_the_invitation accept_the_invite decline_the_invitation decline_the_invite turn_down_the_invitation answer_the_invitation say_yes_to_the_meeting say_no_to_the_meeting > patch update event | attendees response
move_to_another_calendar put_in_the_other_calendar put_in_another_calendar into_another_calendar > move event | calendar destination
when_are_we_free when_is_everyone_free when_are_they_free when_can_we_meet when_could_we_meet time_that_suits suits_everyone suits_everybody find_a_time find_a_slot free_slot gap_in_my_day gap_in_the_calendar when_do_we_have_time am_i_busy are_they_busy is_she_free is_he_free are_you_free > query freebusy | free availability
what_have_i_got_today what_do_i_have_tomorrow what_am_i_doing what_is_my_day how_does_my_day_look what_does_my_day_look what_does_my_week_look what_does_tomorrow_look my_schedule my_appointments my_meetings where_do_i_have_to_be > list events | calendar
all_dates_of single_dates each_date_of > instances events | recurring
see_a_colleagues_calendar see_my_colleagues add_a_colleagues_calendar show_another_calendar show_the_team_calendar calendar_of_a_colleague > insert calendar list | subscribe
hide_a_calendar hide_the_calendar no_longer_show_the_calendar take_a_calendar_off_my_list unsubscribe_from_a_calendar > delete update calendar list | hidden
let_others_see_my_calendar let_a_colleague_see_my_calendar open_my_calendar_to give_a_colleague_my_calendar who_may_see_my_calendar who_can_look_at_my_calendar > acl rule | insert calendar
wipe_my_calendar empty_the_calendar remove_all_events throw_out_all_appointments > clear calendar | events
when_the_calendar_changes tell_me_about_changes_in_the_calendar > watch events | calendar
offer_times let_people_book let_customers_book let_clients_book book_themselves times_people_can_book bookable > event type availability | booking schedule
`

/** What is done with documents, files, tasks and projects. */
export const WHAT_IS_DONE_WITH_DOCUMENTS = `
put_a_file save_a_file store_a_file put_it_in_the_cloud save_it_in_the_cloud send_to_the_drive add_a_file put_a_document_in put_a_document_into > create upload file | drive
get_a_file fetch_a_file pull_down_a_file save_it_on_my_computer save_to_my_computer onto_my_computer > get download file | export
replace_the_file new_version_of_the_file overwrite_the_file new_contents > update file | upload content
where_did_i_put_the_file where_did_i_save find_a_file find_a_document find_the_document find_the_file look_for_a_file look_for_a_document files_about documents_about files_called files_named > list search files | query drive
move_into_a_folder put_into_the_folder put_in_the_folder into_another_folder another_folder different_folder > update move files | parents folder
put_documents_in_order keep_documents_together place_for_documents > create folder files | parents
make_a_copy_of copy_the_document duplicate_the_document use_as_a_starting_point > copy | files file
throw_a_file_away throw_the_file_away bin_the_file put_the_file_in_the_bin > delete update files | trash
what_have_i_thrown_away what_is_in_the_bin what_is_in_the_trash thrown_away_files > list files | trashed
turn_the_document_into make_it_a_pdf make_a_pdf_of document_as_pdf convert_the_document > export file | files format
let_someone_read let_somebody_read let_a_colleague_see let_them_edit let_a_colleague_edit give_a_colleague_access open_the_document_to show_the_document_to pass_the_document_around hand_out_the_document share_the_document share_a_document > create permission | permissions file share
may_only_read can_only_read read_only_for turn_a_reader_into may_edit_now may_now_edit let_a_reader_edit > update permission | role reader writer
lock_someone_out_of_the_document take_the_document_away no_longer_open_the_document > delete permission | permissions
who_is_allowed_to_open who_can_open who_may_open with_whom_is_it_shared who_else_can_see > list permissions access | file acl
give_the_document_to make_someone_the_owner > update permission transfer | owner ownership
go_back_to_yesterday who_edited_the_document > list get revisions | revision version
keep_this_version keep_the_version_forever never_delete_this_version > update revision | keep forever
leave_a_comment_on write_in_the_margin say_something_about_the_document put_a_remark > create comment | comments
what_do_people_say_about_the_document remarks_on_the_document read_the_remarks > list comments | file
deal_with_the_comment comment_is_done settle_the_comment close_the_comment tick_off_the_comment > update resolve comment | reply
fill_the_cells fill_in_the_cells write_into_the_sheet write_to_the_sheet put_numbers_in_the_sheet change_a_cell set_a_cell change_the_cells > update values | sheet cells range spreadsheet
read_the_cells read_the_sheet numbers_in_the_sheet what_is_in_the_cells get_the_cells > get values | sheet range spreadsheet
add_a_row add_another_row add_a_line_to_the_table new_line_in_the_table put_a_line_in_the_sheet > append create | values row record
change_a_row edit_a_row > update | row record page
empty_the_sheet empty_the_cells wipe_the_cells blank_the_cells > clear | values sheet
new_sheet_in another_sheet another_tab add_a_tab new_tab_in > create add sheet | spreadsheet batch
write_a_page write_a_new_page start_a_page make_a_page make_a_wiki_page new_page_in start_a_document make_a_document begin_a_document > create page | document
read_the_page read_a_page show_the_page > get retrieve page | document
change_the_title_of_a_page change_the_page edit_the_page edit_a_page rewrite_the_page > update page | document
put_text_on write_underneath write_at_the_bottom add_a_paragraph put_a_paragraph continue_the_page > append block children | page
delete_a_paragraph take_out_a_paragraph remove_a_paragraph strike_out > delete block | page
make_a_table set_up_a_table start_a_table design_a_table > create database table | columns properties
filter_the_table sort_the_table rows_where > query database | filter table
find_a_page find_the_page where_is_the_page > search | page pages
throw_the_page_away bin_the_page take_the_page_down > update delete page | archive trash
give_someone_a_task give_somebody_a_task give_someone_something_to_do put_someone_to_work ask_someone_to_do > create task | assignee assign
add_to_my_list put_on_my_list put_it_on_my_list put_on_the_list_of_tasks put_on_the_board > create task | todo
task_is_done task_is_finished finished_the_task finish_the_task job_is_done ive_done_it i_did_it we_did_it work_is_done > update complete task | completed
task_is_not_done not_done_after_all not_finished_after_all undo_completing uncheck untick > update reopen task | completed
until_when_must when_must_it_be_done when_does_it_have_to_be_done has_to_be_done_by must_be_done_by must_be_ready_by has_to_be_ready give_a_deadline set_a_deadline set_the_deadline more_time_for move_the_deadline > update task | due date
who_does_this_task who_does_what who_has_to_do_it who_must_do who_should_do who_is_doing whose_task > get task | assignee tasks
give_the_task_to hand_the_task pass_the_task someone_else_should_do somebody_else_should_do > update assign task | assignee
cut_a_task_into break_the_task_down break_down_a_task split_a_task split_the_task steps_of_a_task small_steps smaller_steps > create subtask | subtasks task
comes_before_the_task must_be_done_first has_to_be_done_first cannot_start_until cant_start_until cant_start_before wait_for_another_task > add dependencies | task dependency
what_holds_up what_is_blocking_the what_is_holding_up what_must_be_finished_first > get dependencies | task
is_waiting_on_us what_waits_for_this who_waits_for_this > get dependents | task
follow_a_task follow_the_task keep_me_posted keep_me_in_the_loop keep_someone_in_the_loop keep_someone_informed put_in_copy copy_someone_in cc_someone > add followers | task
out_of_the_loop no_longer_follow_the_task take_out_of_copy > remove followers | task
put_in_another_project belongs_to_another_project also_belongs_to put_the_task_in put_the_task_into move_the_task_to_another_project > add project task | projects
take_out_of_the_project take_the_task_out > remove project task | projects
move_to_the_next_column move_to_another_column move_the_card move_a_card drag_the_card pull_the_card to_the_done_column > add task section | move card column
new_column another_column > create section | column
start_a_project set_up_a_project new_undertaking kick_off_a_project make_a_project begin_a_project > create project | projects
how_far_is_the_project how_is_the_project_doing where_does_the_project_stand is_the_project_on_track project_on_track are_we_on_schedule > get project status | statuses
say_how_the_project report_on_the_project write_a_progress_report tell_how_it_is_going > create project status | update
close_the_project project_is_over finish_the_project put_the_project_away > update project | archive
bring_people_into_the_project bring_into_the_project put_someone_on_the_project > add members project | users
throw_off_the_project take_off_the_project out_of_the_project > remove members project | users
how_many_tasks count_the_tasks number_of_tasks > task counts | project
set_a_goal set_ourselves_a_goal aim_for want_to_reach > create goal | goals
plan_a_sprint start_a_sprint begin_a_sprint > create start sprint | iteration
log_work track_my_time how_long_did_it_take time_i_spent time_spent > time entry | worklog track task
`

/** What outsiders call the things of an office. */
export const THINGS_OF_AN_OFFICE = `
postbox letterbox mail_account email_account e_post > mailbox profile | gmail account
received_mail incoming_mail incoming_emails mail_i_got mails_i_got emails_i_got emails_i_received > messages | inbox list
outgoing_mail mail_i_sent mails_i_sent emails_i_sent sent_mail sent_items > messages | sent list
pile_of_mail many_mails many_emails lots_of_mails lots_of_emails several_mails several_emails > batch messages | threads
one_mail single_mail single_email that_mail this_mail this_email that_email > message | messages
mail_folders mail_category mail_categories categories_of_mail > labels label | folders
text_under_my_mails text_at_the_bottom_of_my_mails greeting_under footer_of_my_mails mail_footer > send as signature | settings
rules_for_incoming what_happens_with_incoming sorting_rules mail_rules > filters filter | settings
mail_settings settings_of_my_mailbox mailbox_settings mail_language > settings | imap pop
mail_program outlook_access thunderbird mail_client > imap pop | settings
encrypted_mail mail_certificate > smime | settings
people_i_write_to address_book addressbook > contacts people | connections
date_in_the_calendar calendar_entry calendar_entries entry_in_my_diary diary_entry meeting_request meeting_invite > event events | calendar
weekly_meeting monthly_meeting daily_meeting regular_meeting every_monday every_tuesday every_wednesday every_thursday every_friday repeats_every standing_meeting > recurring event | recurrence instances
invited_people invitees guest_list who_comes who_will_come who_is_coming_to who_said_yes > attendees event | guests
booked_time blocked_time busy_times free_times free_hours open_slots > freebusy | free busy availability
team_calendar shared_calendar company_calendar other_calendars calendars_i_see > calendar list | calendars
default_reminder reminder_before how_long_before_the_meeting > reminders | event settings calendar
calendar_colours colours_of_the_calendar > colors | calendar
booking_page booking_link meeting_link link_to_book > booking link | event type scheduling
office_hours opening_hours business_hours > availability hours | schedule
papers paperwork_in > document file | files
my_stuff my_documents my_files documents_i_have everything_on_my_drive > list files | drive
files_of_the_team common_files files_of_the_department team_files company_files > drives shared drive | files
shortcut_to_a_file link_to_a_folder > shortcut | files create
write_up_of_the_meeting minutes_of_the_meeting meeting_minutes meeting_notes protocol_of_the_meeting > notes document | page
last_changed recently_changed recently_edited changed_lately what_has_changed_on_the_drive > changes list | modified revisions
name_of_the_file name_of_the_document > update files | name
small_picture_of_the_file > thumbnail | preview
folder_contents files_in_a_folder documents_in_a_folder > list files | children parents
spread_sheet work_sheet work_book number_sheet table_of_numbers excel_file excel_sheet > spreadsheet sheet | values
columns_of_a_table fields_of_a_table structure_of_the_table table_structure table_columns > database properties | schema columns
knowledge_pages team_wiki company_wiki internal_pages handbook_page > pages page | wiki
pages_below sub_page subpage subpages child_pages pages_underneath > children page | block parent
bullet_points check_boxes_on headings_on parts_of_the_page > block children | blocks
who_made_the_page people_in_the_workspace > users list | people
open_tasks unfinished_tasks unfinished_work work_left > list tasks | incomplete completed
overdue_tasks tasks_that_are_late too_late_tasks > search tasks | due overdue
tasks_for_me what_must_i_do what_do_i_need_to_do things_i_have_to_do work_for_me > list tasks | assignee user
pinned_tasks > tasks
child_item child_items sub_item sub_items checklist check_list checklist_item > subtasks subtask | checklist
project_plan gantt timeline_of_the_project road_map roadmap > timeline milestones | project
blocker blockers prerequisite prerequisites precondition > dependencies dependency | task
group_of_projects collection_of_projects bundle_of_projects program_of_projects > portfolio | portfolios projects
extra_property extra_properties own_column self_defined_field > custom field | fields settings
state_of_the_project progress_of_the_project project_report project_update > project status | statuses
people_on_the_project who_is_on_the_project who_works_on_the_project project_team > members memberships | project
people_following_a_task followers_of_a_task > followers | task
what_happened_to_the_task history_of_the_task task_history comments_on_the_task talk_about_the_task > stories | task
files_on_the_task files_of_a_task pictures_on_the_task > attachments | task
project_template template_for_projects > instantiate project template | templates
to_do_tag coloured_label colour_label > tag tags | label
departments_of_the_team who_is_in_the_team who_is_in_my_team people_in_my_team people_in_the_team team_mates teammates > list users team | members
work_load workload capacity_of_the_team > workload allocation | tasks
ticket_board scrum_board task_board agile_board > board | project sections
`
