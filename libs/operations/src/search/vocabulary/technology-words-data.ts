/**
 * Words for databases, queues, logins and rights, secrets, models and their abilities, pages of others and formats of files, in the form of the idioms. What
 * is done is apart from what it is done to. Written from general knowledge of such APIs, never from the labelled queries.
 */

/** What is done with stored data. */
export const WHAT_IS_DONE_WITH_DATA = `
need_a_database set_up_a_database bring_up_a_database rent_a_database start_a_database_server new_database_server place_for_my_data place_for_our_data somewhere_for_the_data > create database cluster | databases
throw_the_database_away get_rid_of_the_database tear_down_the_database stop_paying_for_the_database scrap_the_database > destroy delete database cluster | databases
which_databases_do_we_run what_databases_do_we our_database_servers > list databases clusters | database
details_of_the_database how_do_i_reach_the_database how_do_i_connect_to_the_database where_is_the_database_reachable address_of_the_database connection_string connection_details > get database cluster | connection
make_the_database_bigger give_the_database_more database_is_too_small bigger_database_machine upgrade_the_database_server more_power_for_the_database database_needs_more > resize update database cluster size | plan
move_the_database_to put_the_database_in_another database_in_another_place bring_the_database_nearer database_closer_to > update migrate database region | cluster
newer_version_of_the_database newer_database_version bring_the_database_up_to_date newer_postgres newer_mysql > upgrade update database version major | cluster
when_may_the_database_be when_is_the_database_serviced when_updates_are_put_in database_updates_at_night time_for_database_updates > update maintenance window database | cluster
change_how_the_database_behaves tune_the_database turn_the_knobs_of_the_database settings_of_the_database > patch update config database | configuration get
which_copies_of_the_database what_backups_does_the_database saved_states_of_the_database can_i_go_back_to_yesterdays_data how_far_back_can_i > list backups database | backup
get_yesterdays_data_back bring_the_data_back restore_the_database data_is_lost we_lost_data lost_the_data get_lost_data go_back_in_time_with_the_database > restore database backup | create
second_database_for_reading copy_for_reports another_copy_of_the_database copy_that_follows_the_database read_from_a_copy relieve_the_database take_load_off_the_database > create replica database | read
make_the_copy_the_main turn_the_copy_into_the_main make_the_standby_the let_the_copy_take_over copy_becomes_the_main > promote replica | failover primary
throw_the_copy_away drop_the_copy no_longer_need_the_copy > destroy delete replica | database
another_schema a_database_inside one_more_database_on_the another_database_in_the > add create database | databases cluster
give_an_app_a_login_to_the_database someone_new_for_the_database let_the_app_into_the_database database_account new_database_login another_login_for_the_database > add create user database | users
who_can_log_in_to_the_database which_logins_does_the_database accounts_in_the_database > list users database | user
new_password_for_the_database change_the_database_password forgot_the_database_password lost_the_database_password > reset auth user database | password
throw_someone_out_of_the_database take_away_the_database_login > delete user database | users
share_connections too_many_connections keep_connections_open group_the_connections connections_run_out > add create connection pool | pools database
prove_that_it_is_our_database certificate_of_the_database certificate_to_connect > get ca certificate | database
bring_our_data_over copy_an_existing_database move_our_old_database_in take_over_an_existing_database > migrate create migration database | online import
stop_bringing_data_over stop_copying_the_database end_the_migration break_off_the_migration > stop delete migration | online database
look_something_up_in_the_database ask_the_database question_to_the_database get_data_out_of_the_database rows_that_match which_rows select_rows look_up_a_row > query database | select execute rows
change_the_data write_into_the_database put_data_in_the_database store_a_record save_a_record enter_a_record put_a_record new_entry_in_the_table > insert create record | execute row item
correct_a_record change_a_record fix_a_record edit_an_entry change_an_entry > update record | item row
throw_a_record_away drop_a_record remove_an_entry take_out_an_entry > delete record | item row
put_or_update insert_or_update add_or_change save_whether_or_not > upsert record | put item
what_tables_are_there which_tables_are_there which_tables_does what_is_in_the_database > list tables | schema collections database
make_a_table_for new_table_for define_a_table > create table | schema
add_a_column another_column_in_the_table new_column_in_the_table > create field column | alter table
how_many_rows how_many_records how_many_entries count_the_rows count_records > count records | rows query
why_is_the_query_slow slow_question_to_the_database how_does_the_database_run what_does_the_database_do_with > explain query | plan
make_lookups_faster make_the_search_faster find_rows_faster > create index | indexes
all_or_nothing together_or_not_at_all > transaction | begin commit batch
load_lots_of_data load_a_file_into put_a_csv_into read_in_a_csv bring_in_a_spreadsheet feed_data_into > import records | bulk load upload
get_everything_out_of_the_table dump_the_table take_all_the_data_with_us > export records | dump
remember_a_value keep_a_value_for store_under_a_key save_under_a_name keep_it_in_memory > set key | value cache put
what_did_i_store_under value_of_the_key look_up_a_key > get key | value
forget_a_value drop_a_key > delete key | value
forget_it_after_a_while let_it_expire keep_only_for > expire key | ttl
which_keys_are_there > list scan keys | key
lay_it_in_the_queue put_work_in_the_queue put_a_job_in_the_queue do_it_later_in_the_background leave_work_for_others hand_work_to_the_workers > send enqueue publish message queue | job add
take_work_from_the_queue get_the_next_job fetch_work next_piece_of_work > receive message queue | job dequeue
job_is_finished tell_the_queue_it_is_done > acknowledge delete message | job complete queue
what_is_waiting_in_the_queue how_long_is_the_queue how_much_is_waiting how_many_jobs_are_waiting backlog_of_the_queue > get list queue | attributes count jobs
empty_the_queue throw_everything_out_of_the_queue clear_the_queue > purge queue | messages
messages_that_could_not jobs_that_failed failed_jobs stuck_jobs jobs_that_got_stuck > list jobs failed | dead letter queue
try_the_failed_jobs_again send_the_stuck_messages > retry jobs | redrive failed
tell_everyone_who_listens tell_all_listeners spread_the_event let_the_other_services_know > publish message topic | event
listen_to_events hear_about_events be_told_of_events get_events_as_they > subscribe topic | subscription events create
find_in_our_documents make_our_texts_searchable make_it_searchable put_it_in_the_search > index document | create search
take_it_out_of_the_search no_longer_searchable > delete document index | search
words_that_mean_the_same_in_search > create synonyms | synonym
`

/** What is done with logins, rights and secrets. */
export const WHAT_IS_DONE_WITH_LOGINS = `
let_someone_in give_someone_a_login give_someone_an_account make_an_account open_an_account_for set_someone_up give_a_new_colleague_access account_for_a_new > create user | account invite
take_away_the_login close_someones_account close_an_account_of shut_someone_out lock_the_account lock_someones_account may_no_longer_log_in no_longer_log_in no_longer_sign_in suspend_the_account switch_the_account_off > deactivate disable block user | suspend account
let_them_in_again let_back_in lift_the_lock unlock_the_account open_the_account_again > unlock activate enable user | unsuspend account
throw_the_account_away remove_my_account delete_my_account wipe_the_account > delete user account | users
forgot_the_password forgotten_password lost_password lost_the_password password_is_lost cannot_log_in cannot_sign_in cant_sign_in help_them_log_in new_password_for_a_user > reset password user | change recover
change_my_password set_another_password choose_a_new_password > change update password | user
who_is_logged_in who_am_i_logged_in_as which_user_am_i what_do_you_know_about_me whose_account_is_this tell_me_who_i_am > get current user authenticated | me profile account
what_may_i_do what_am_i_allowed what_can_i_do_here which_rights_do_i do_i_have_the_right may_i_do > check permissions | list scopes me access
what_may_this_person_do what_is_someone_allowed what_can_this_user_do which_rights_does > list get user permissions | roles access
let_someone_do give_someone_the_right give_more_rights give_someone_more_rights make_someone_a_moderator raise_someone_to > assign grant role | permission user add
take_away_the_right take_rights_away fewer_rights no_longer_an_admin no_longer_a_moderator > remove revoke role | permission user
who_is_an_admin who_are_the_admins who_has_admin who_may_do > list users role | admins permissions
kinds_of_rights which_roles_are_there what_roles_exist > list roles | permissions role
make_a_role define_a_role set_of_rights bundle_of_rights > create role | permissions
put_in_a_user_group put_someone_in_a_group sort_users_into > add member group | user
second_factor ask_for_a_code_too code_at_login make_the_login_safer two_step two_step_login login_with_a_code > enroll create factor mfa | authenticator
lost_my_phone new_phone_for_login turn_off_the_second_factor > reset delete factor mfa | authenticator
log_everyone_out log_out_everywhere sign_out_everywhere log_me_out_of_all end_all_logins throw_all_sessions_out > revoke delete sessions | logout user tokens
where_is_the_user_logged_in where_am_i_signed_in on_which_devices_am_i devices_that_are_signed_in > list sessions | devices user
let_a_program_in let_a_script_in key_for_a_program key_for_a_script key_for_the_api password_for_a_program make_me_a_key > create api key token | access
key_has_leaked key_got_out key_is_in_the_wrong_hands someone_has_our_key make_the_key_useless kill_the_key take_the_key_back > revoke delete api key token | rotate
swap_the_key exchange_the_key change_the_key_regularly new_secret_for_the_app > rotate regenerate key secret | credentials
is_the_key_still_good does_the_key_work what_can_the_key_do > introspect verify get token | key
which_keys_have_we_given_out which_keys_are_out what_keys_are_in_use > list api keys tokens | credentials
log_in_with_google log_in_with_the_company_account sign_in_with_another one_login_for_everything company_login log_in_with > sso connection identity provider | create saml oauth
let_another_app_use_my_account connect_an_app allow_an_app which_apps_may_use which_apps_have_access > list grants authorizations apps | oauth consent
cut_off_an_app take_access_from_an_app no_longer_trust_the_app > revoke delete grant authorization | app oauth
get_a_new_ticket_for_login login_has_run_out token_has_run_out token_ran_out > refresh token | access oauth
keep_a_secret_safe lock_a_secret_away put_a_password_in_the_vault keep_passwords > create put secret | vault store
get_the_password_from_the_vault what_is_the_secret look_up_a_secret > get read secret | vault value
encrypt_this make_it_unreadable lock_the_data > encrypt | key
make_it_readable_again unlock_the_data > decrypt | key
prove_that_it_is_really_me check_who_it_is is_this_really > verify identity | verification user
bring_users_in_from take_over_users_from sync_the_staff_list > import sync users | directory scim
`

/** What is done with models, pages of others and formats of files. */
export const WHAT_IS_DONE_WITH_MODELS = `
ask_a_model ask_an_ai let_the_ai_answer let_an_ai_write talk_with_a_model have_the_model_write let_a_model_write get_an_answer_from_the_model continue_the_conversation_with_the > create chat completion message | generate response model
which_models_are_there which_models_can_i what_models_do_you available_models > list models | model
what_will_it_cost_in_tokens how_many_tokens count_the_tokens how_long_is_my_prompt > count tokens | usage tokenize
make_a_picture_of draw_me_a paint_me_a let_the_ai_draw imagine_a_picture picture_from_words picture_from_a_description > generate create image | images
change_a_picture_with_words paint_over put_something_else_in_the_picture > edit image | images create
take_the_background_out remove_the_background cut_out_the_person without_background > remove background image | segment
make_a_film_from_words video_from_words > generate create video | generation
what_does_the_picture_show what_can_you_see_in what_is_in_the_photo what_is_on_the_photo say_what_is_in_the_picture describe_the_picture name_the_things_in recognise_things > analyze annotate image | detect labels vision describe
read_the_text_in_the_picture text_from_a_photo text_from_a_scan letters_in_the_picture get_the_words_out_of_a read_a_scan read_a_receipt read_an_invoice_automatically turn_a_scan_into > detect recognize text image | ocr extract document analyze
find_faces who_is_in_the_photo is_it_the_same_face compare_faces faces_in_the_photo > detect compare faces | face image
is_the_picture_ok is_it_indecent not_safe_for_work naked_pictures is_the_text_ok is_it_offensive is_this_offensive bad_content filter_bad_words > moderate create moderation | classify detect unsafe
how_alike_are_these how_similar_are_two texts_with_the_same_meaning turn_text_into_numbers numbers_for_the_meaning find_by_meaning > create embeddings embedding | vector similarity search
teach_the_model_our train_the_model_on make_the_model_better_at our_own_model model_of_our_own fit_the_model_to > create fine tuning job | train model
how_is_the_training_going is_the_training_done how_far_is_the_training > get retrieve fine tuning job | training status
stop_the_training break_off_the_training > cancel fine tuning job | training
many_questions_at_once_cheaply lots_of_prompts_at_once > create batch | batches
what_will_happen_next guess_the_next predict_the > predict forecast | prediction model
sort_texts_into which_category_does_it which_kind_is_it put_into_a_class > classify | text category
pull_the_facts_out get_the_facts_out_of get_the_names_out get_the_dates_out get_data_out_of_the_text > extract entities | analyze text
get_the_text_of_a_page read_a_web_page read_the_website grab_the_page what_does_the_page_say fetch_a_web_page save_a_web_page > scrape fetch get page | content url crawl
go_through_a_whole_site follow_all_links read_the_whole_website collect_all_pages > crawl create | site pages
get_prices_from_a_site get_data_from_a_website pull_data_off_a_site > scrape extract | page data
picture_of_a_web_page what_does_the_site_look_like picture_of_the_site > screenshot capture | page url
search_engine_results what_does_google_say look_on_the_internet find_on_the_internet find_it_online look_it_up_online > search web | results
link_without_the_rest make_the_link_short make_a_link_shorter short_address_for > create shorten link | short url
how_many_followed_the_link how_many_clicked_the_link > get clicks link | statistics
square_code code_to_scan code_for_phones black_and_white_squares > create generate qr code | barcode
change_the_format turn_a_word_file_into turn_a_picture_into make_an_mp3 turn_the_video_into into_another_format other_file_format save_in_another_format > convert create conversion | format export job
make_the_file_smaller make_the_picture_smaller file_is_too_big picture_is_too_big squeeze_the_file > compress resize optimize | image file
put_the_pdfs_together make_one_pdf_of pages_into_one > merge pdf | combine documents
take_pages_out_of_the_pdf cut_the_pdf_up > split pdf | extract pages
put_a_password_on_the_pdf lock_the_pdf > protect encrypt pdf | password
turn_a_web_page_into_a page_as_a_pdf html_to_pdf > convert render pdf | html url
put_files_in_a_zip pack_the_files bundle_the_files > create zip archive | compress
take_files_out_of_the_zip unpack_the_archive open_the_zip > extract unzip | archive
put_our_logo_over put_a_watermark stamp_our_name > add watermark | image
turn_the_picture_around straighten_the_picture > rotate image | transform
cut_off_the_edges cut_the_picture_to_size > crop image | transform
`

/** What outsiders call the things of stored data, logins and models. */
export const THINGS_OF_DATA = `
data_store data_server data_servers database_server database_servers managed_database sql_server_in_the_cloud > database cluster | databases clusters
copy_of_the_database following_copy reading_copy spare_database > replica | replicas database
connection_group connection_groups shared_connections > connection pool | pools database
database_accounts database_logins database_people > users | database user
table_of_data data_table collection_of_records > table collection | tables database
data_row data_rows data_record data_records set_of_values > record row | records item items
saved_query saved_question stored_query > query view | saved
stored_program trigger_in_the_database > procedure function | trigger
fast_store in_memory_store > cache | key redis
work_queue job_queue task_queue job_list waiting_jobs pending_jobs > queue jobs | messages
event_channel event_stream stream_of_events news_channel_for_services > topic stream | events subscription
login_account login_accounts sign_in_account user_account user_accounts account_of_a_user > user users | account accounts
password_change password_reset forgotten_login > password reset | user
login_method login_methods ways_to_log_in sign_in_methods > identity provider authentication | connection methods
list_of_rights set_of_permissions access_rights access_level access_levels kind_of_access > permissions role | roles
access_rule access_rules who_may_do_what rights_rule > policy policies | rule permission
collection_of_users set_of_users > group groups | members
signed_in_devices open_sessions running_logins current_logins > sessions session | user devices
program_key program_keys application_key application_password developer_key developer_keys api_keys machine_key > api key token | keys tokens
short_lived_token temporary_key temporary_credentials temporary_access > token credentials | session temporary
connected_app connected_apps third_party_app third_party_apps other_apps_with_access > grants authorizations | apps oauth
safe_for_passwords password_safe password_manager key_safe strong_box > vault secrets | items secret
encryption_key encryption_keys master_key > key keys | kms encrypt
language_model language_models ai_model ai_models neural_network > model models | completion
ai_answer model_answer answer_of_the_model machine_answer > completion response | chat message
ai_assistant digital_assistant virtual_assistant > assistant agent | assistants thread
conversation_with_the_ai chat_with_the_ai > thread messages | conversation chat
made_up_picture generated_picture artificial_picture > image generation | images
meaning_vector number_vector text_vector > embedding embeddings | vector
vector_store vector_database meaning_search semantic_search > vector search | embeddings index
training_run training_job own_training > fine tuning job | jobs training
training_data training_set example_data teaching_examples > dataset file | training examples
prompt_template stored_prompt > prompt template | prompts
scanned_page scanned_paper photographed_document > document image | ocr
objects_in_the_picture things_in_the_picture > labels objects | image detect
page_of_someone_else foreign_page strange_page > page url | scrape
collected_pages crawling_job > crawl job | pages status
file_change_job conversion_job format_change > conversion job | convert
supported_formats which_formats_can formats_you_can > list formats | conversions supported
`
