/**
 * Words for chat, telephone, text messages, video meetings and language, in the form of the idioms. What is done is apart from what it is done to. Written
 * from general knowledge of such APIs, never from the labelled queries.
 */

/** What is done in conversations of all kinds. */
export const WHAT_IS_DONE_IN_TALKS = `
post_in_the_channel write_in_the_channel write_in_the_chat say_in_the_channel put_in_the_channel drop_in_the_channel write_to_the_team message_the_team tell_the_channel tell_the_group write_to_the_group announce_in post_an_announcement make_an_announcement > post message | chat channel
write_to_one_person write_to_a_colleague message_a_colleague contact_a_colleague chat_someone chat_somebody send_a_dm > post open message | conversation direct im
answer_in_the_thread reply_in_the_thread answer_under write_under_the_message below_a_message underneath_a_message > post reply | message thread
change_what_i_said change_my_message correct_what_i_said edit_what_i_wrote > update message | chat edit
take_back_what_i_said take_back_what_i_wrote delete_what_i_wrote remove_what_i_wrote take_the_message_down get_rid_of_a_message > delete message | chat
write_it_now_send_it_tomorrow write_it_for_later should_go_out_tomorrow goes_out_tomorrow goes_out_on post_it_later post_it_tomorrow send_it_tomorrow > schedule message | scheduled
dont_send_the_planned stop_the_planned_message cancel_the_planned unschedule > delete scheduled message | cancel
show_only_to_one visible_to_one seen_by_one > ephemeral post | message
open_a_channel start_a_channel make_a_channel open_a_room set_up_a_channel start_a_group make_a_group_chat place_to_talk somewhere_to_talk > create conversation channel | group
shut_a_channel shut_the_channel close_the_channel put_the_channel_away no_longer_use_the_channel channel_is_dead > archive conversation | channel
open_the_channel_again bring_the_channel_back > unarchive conversation | channel
bring_into_the_channel bring_someone_into add_people_to_the_channel get_someone_into_the_channel pull_someone_into ask_into_the_channel let_into_the_channel > invite conversation | channel users
remove_from_the_channel put_out_of_the_channel take_out_of_the_channel out_of_the_channel out_of_the_room out_of_the_group > kick remove conversation | channel member
go_into_a_channel get_into_the_channel take_part_in_a_channel > join conversation | channel
go_out_of_a_channel say_goodbye_to_a_channel no_longer_be_in > leave conversation | channel
what_have_i_missed what_did_i_miss catch_me_up catch_up_on read_the_channel read_up_on what_was_said what_was_written what_did_they_say what_do_they_say what_was_discussed talk_in_the_channel > history messages | conversation channel
who_said_that who_said who_mentioned who_talked_about where_did_we_talk where_did_we_discuss look_for_a_message find_a_message find_what_was_said find_the_message > search messages | message
who_is_in_the_channel who_is_in_this_channel who_is_in_the_room who_is_in_the_group who_reads_the_channel who_is_in_here > list members conversation | channel
which_channels_exist what_chats > list conversations | channels
say_what_the_channel_is write_what_the_channel_is change_the_headline_of_the_channel > set topic purpose | conversation channel
as_far_as_i_have_read read_up_to mark_the_channel read_everything_in > mark conversation | read channel
put_at_the_top keep_at_the_top fix_at_the_top stick_at_the_top hang_up_a_message nail_to_the_top > pin add | pins message
no_longer_at_the_top take_from_the_top take_down_the_pin > remove pin | pins
give_a_thumbs_up give_a_smiley give_a_heart put_a_smiley put_a_heart answer_with_an_emoji react_with respond_with_an_emoji clap_for > add reaction | reactions emoji
take_the_smiley_off take_back_the_thumbs take_back_the_smiley remove_my_smiley take_back_my_like > remove reaction | reactions
put_a_file_in_the_channel post_a_file post_a_picture post_a_screenshot show_a_picture_in > upload files | file channel
keep_for_myself mark_for_myself keep_a_message > add star | stars saved
dont_want_to_be_disturbed no_pings no_notifications_for turn_off_my_notifications switch_off_my_notifications quiet_for_an_hour quiet_until focus_time heads_down > set snooze | dnd
can_be_disturbed_again pings_again back_from_quiet ready_for_pings > end snooze | dnd
say_i_am_at_lunch say_that_i_am say_im_in_a_meeting show_that_i_am show_me_as tell_others_i_am set_me_to set_myself_to appear_offline appear_away look_busy > set presence profile | status users
is_she_there is_he_there is_somebody_there is_anyone_there are_they_there is_she_online is_he_online are_they_online who_is_there > get presence | users status
who_is_behind look_up_a_colleague look_a_colleague_up find_a_colleague find_the_person_with find_someone_by > get lookup info | users user profile
change_my_picture change_my_photo new_photo_of_me put_up_my_photo > set photo | users profile
invent_an_emoji own_emoji our_emojis custom_smiley company_emoji > list emoji | emojis
make_a_handle make_a_mention_group so_we_can_mention_all mention_all_of > create usergroup | usergroups
who_is_behind_the_handle who_gets_mentioned > list usergroup users | usergroups
is_the_token_valid does_the_login_work check_my_token > test auth | check
show_a_popup open_a_popup show_a_form_to > open views dialog | view modal
call_someone call_somebody call_the_customer call_a_customer call_my_mother call_a_number dial_a_number ring_someone ring_somebody phone_someone place_a_call make_a_call make_a_phone_call start_a_call get_on_the_phone get_someone_on_the_phone > create call | phone dial
put_down_the_phone put_the_phone_down end_the_phone_call break_off_the_call drop_the_call cut_off_the_call stop_the_call > update call | completed end
send_the_caller redirect_the_caller put_the_caller_through connect_the_caller pass_the_caller_on forward_the_call transfer_the_call pass_the_call_on hand_over_the_call > update call | redirect transfer
put_the_caller_on_hold let_the_caller_wait keep_the_caller_waiting hold_the_caller > update participant | hold queue call
take_the_next_caller next_caller first_caller_in take_the_next_in_line > member queue | update dequeue
who_called_us who_rang who_phoned who_called_me who_did_we_call whom_did_we_call calls_of_today calls_we_made calls_we_received > list calls | call log
how_long_was_the_call how_long_did_the_call how_long_did_we_talk what_did_the_call_cost was_the_call_answered did_they_pick_up did_someone_pick_up did_anyone_pick_up > get call | duration status
tape_the_call record_the_call record_a_call record_the_conversation start_taping > create recording | call
stop_taping stop_recording pause_the_recording dont_record > update recording | call pause stop
listen_to_the_call hear_the_call hear_what_was_said listen_to_the_recording play_back_the_call play_the_recording > get recording | recordings call
written_version_of_the_call read_the_call call_in_writing call_as_text type_out_the_call > transcription | recording get
send_an_sms send_a_text_message text_a_customer text_the_customer text_the_customers text_everyone text_our_customers text_the_number send_to_their_phone send_to_a_phone message_to_a_mobile message_their_phone send_to_their_mobile > create message | sms send
did_the_sms_arrive did_the_text_arrive has_the_text_arrived was_the_sms_delivered was_the_text_delivered did_they_get_the_text did_they_get_my_text > get message | status sms delivery
what_did_they_text texts_that_came_in > list messages | sms
picture_by_text picture_message send_a_picture_to_a_phone > media message | create mms
buy_a_number rent_a_phone_number buy_a_phone_number get_us_a_number get_a_phone_number new_phone_line want_a_number order_a_number > create incoming phone number | numbers
what_numbers_are_free which_numbers_are_free free_numbers numbers_we_could_buy numbers_to_buy numbers_on_offer find_a_number number_in_the_area > list available phone numbers | local
give_up_a_number give_up_the_number give_a_number_back give_the_number_back drop_a_number hand_back_the_number release_the_number no_longer_need_the_number > delete incoming phone number | release
what_numbers_do_we_have numbers_we_have our_numbers numbers_we_own our_phone_numbers > list incoming phone numbers | numbers
where_calls_go what_happens_when_someone_calls when_someone_calls when_somebody_calls where_should_calls_go > update incoming phone number | voice url
whose_number_is_this whose_number who_owns_the_number is_it_a_mobile mobile_or_landline check_a_number check_the_number > lookup phone number | fetch carrier
check_that_the_number_is_theirs send_a_code send_them_a_code code_by_sms code_by_text code_to_their_phone text_them_a_code > create verification | verify
is_the_code_right check_the_code did_they_type_the_right_code code_they_typed > verification check | verify
several_people_on_the_phone talk_with_several talk_to_several all_on_one_line everyone_on_one_line phone_together > conference participants | call
silence_one_person turn_off_their_microphone mute_a_caller mute_one mute_the_noisy someone_is_noisy > update participant | muted conference
throw_out_of_the_call throw_out_of_the_conference take_out_of_the_call remove_from_the_call drop_from_the_call > delete participant | conference
put_in_the_call bring_into_the_call get_into_the_call add_someone_to_the_call dial_someone_in pull_into_the_call > create participant | conference
set_up_a_video_call start_a_video_call make_a_video_call arrange_a_video_call video_chat set_up_a_zoom online_meeting_with meet_online meet_by_video see_each_other_online > create meeting | video room conference
link_to_join link_to_the_meeting link_for_the_meeting join_link dial_in_details how_do_i_join > get meeting | join url invitation
end_the_meeting end_the_video_call close_the_meeting_room everybody_out > end update meeting | room status
who_was_in_the_meeting who_attended who_was_there who_took_part who_came_to_the_meeting attendance > list participants | meeting report attendees
let_them_in_from_the_lobby waiting_room lobby > waiting room | participants admit
watch_the_meeting_again see_the_meeting_again recording_of_the_video_call video_of_the_meeting > get recordings | meeting recording
hold_a_webinar plan_a_webinar online_talk online_presentation > create webinar | registrants
sign_people_up_for_the_webinar who_signed_up_for_the_webinar who_registered > registrants | webinar list
share_my_screen show_my_screen > screen share | meeting
say_it_in put_it_into_french put_it_into_german put_it_into_english put_into_another_language in_other_words_in how_do_you_say make_it_english make_it_german turn_it_into_english into_english > translate text | translation
what_language_is which_language_is_this what_language_is_this in_what_language guess_the_language > detect language | translate
which_languages_can languages_you_know languages_you_can > list languages | translate supported
own_word_list words_that_must_be_translated word_list_for_translation fixed_terms > glossary create | translation
how_do_people_feel angry_or_happy is_it_positive is_it_negative what_is_the_mood > analyze sentiment | text
names_in_the_text people_and_places_in who_is_mentioned_in what_is_mentioned_in > entities analyze | extract text
what_is_the_text_about topic_of_the_text subject_of_the_text main_points key_points gist_of > classify summarize | text keywords topics
make_it_shorter make_the_text_shorter too_long_to_read cut_it_short in_a_few_words say_it_briefly > summarize | text summary
spelling_mistakes correct_the_spelling check_the_spelling grammar_mistakes correct_the_grammar check_the_grammar proofread > check grammar spelling | text
say_it_differently put_it_differently rewrite_the_text make_it_sound_better make_it_more_polite other_words_for_the > rewrite rephrase | text generate
say_it_aloud say_it_out_loud speak_the_text read_it_to_me read_it_out read_to_me > synthesize speech | text audio
write_down_what_they_say text_of_a_recording text_from_audio turn_speech_into turn_the_recording_into > transcribe | transcription audio speech
`

/** What outsiders call the things of conversations. */
export const THINGS_OF_TALKS = `
chat_message chat_messages post_in_a_channel what_i_said > message messages | chat
chats group_chats chat_groups chat_rooms talk_rooms team_rooms > conversations | channels list
closed_group closed_room secret_room invite_only > conversation private | channel group
one_on_one_chat one_to_one_chat chat_with_one_person private_talk private_talks > im conversation | direct open
small_group_chat chat_with_three several_people_chat > mpim conversation | open
earlier_talk earlier_talks old_posts past_messages talk_history chat_log log_of_the_chat > history conversation | messages
answers_under_a_message answers_under side_conversation side_conversations sub_conversation > replies thread | conversation
planned_message planned_messages waiting_message timed_messages > scheduled messages | list
web_address_of_a_message url_of_a_message > permalink | message
headline_of_the_channel channel_headline channel_description > topic purpose | conversation
whole_company_chat chat_of_the_company our_chat > team workspace | info
people_in_the_chat chat_people chat_users people_i_chat_with > users list | members
smileys little_pictures > reactions emoji | reaction
chat_bot robot_in_the_chat > bot bots | info
guest_from_another_company external_people outside_partner > connect invite | shared external
note_to_self memory_aid > reminder reminders | reminders
list_of_reminders my_reminders what_should_i_remember what_did_i_want_to_remember > list reminders | reminder
group_handle mention_group at_group > usergroup usergroups
pop_up popup dialog_box dialogue_box modal_window > view modal | dialog
phone_line phone_lines land_line landline > incoming phone number | numbers
mobile_number cell_number mobile_phone cell_phone > phone number | mobile
call_center call_centre phone_queue telephone_queue waiting_loop queue_for_callers > queue queues | call members
people_waiting people_who_wait waiting_people how_many_wait how_many_are_waiting who_is_waiting > members queue | list
answering_machine voice_mail_box voice_mails > recording voicemail | recordings
phone_menu press_one_for voice_menu ivr > call flow | voice application
telephone_bill phone_bill what_does_telephoning_cost call_costs cost_of_calls > usage records | call price account
tape_recording audio_of_the_call sound_recording call_recording call_recordings > recording recordings | call
group_phone_call phone_conference telephone_conference joint_call party_line > conference conferences | participants
voices_on_the_call people_in_a_conference > participants | conference
short_message text_msg instant_text mobile_message > message sms | messages
texting_service sender_name_for_texts sender_pool pool_of_numbers > messaging service | sender
caller_id shown_number number_that_is_shown > outgoing caller id | validation
phone_account customer_account_at sub_accounts subaccount subaccounts > account accounts | subaccount
sip voip internet_phone ip_phone desk_phone > sip | domain trunk
short_code short_number five_digit_number > short code | codes
postal_addresses registered_address legal_address > addresses address
mobile_data_card sim_card sim_cards sim > sim | wireless
video_room virtual_room virtual_meeting_room online_room > room meeting | video
online_seminar web_seminar webcast > webinar | webinars
background_music_for_callers waiting_music > hold music | queue
written_record_of transcript transcripts minutes_of_a_call > transcription transcript | transcriptions
translated_version foreign_language_version other_language_version > translate | translation language
mother_tongue foreign_language foreign_text > language | translate
tone_of_voice mood_of_the_text feeling_in > sentiment | analyze
key_words catch_words catchwords important_words > keywords entities | extract
swear_words rude_words bad_language abusive_text insults > moderation | toxicity classify
similar_word words_with_the_same other_word_for > synonyms thesaurus | words
typing_mistakes typos spelling_check spell_check spellcheck spell_checker > spelling grammar check | text
machine_voice computer_voice voices_to_choose voice_of_the > voices speech | synthesize
`
