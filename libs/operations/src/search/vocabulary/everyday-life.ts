/**
 * Words for mail, chat, calendars, documents, media, places and calls. `said > meant | related` stands for one direction, a line without `>`
 * for both. Written from general knowledge of APIs, never from the labelled queries.
 */
export const EVERYDAY_LIFE = `
mail e_mail letter letters > email message mail | messages thread
new_mail unread unread_mail any_mail mails > messages list | unread email inbox
mail_folder mailbox > label folder mailbox
mail_rule sort_my_mail sort_mail mail_automatically into_a_folder > filter create | label rule
auto_reply automatic_reply answer_automatically answer_my_mail reply_automatically > vacation responder | auto reply update
spam junk phishing > spam | report message
send_on send_a_copy_to redirect_mail forward_all > forwarding forward | auto address
letting_someone_read_my_mail read_my_mail access_to_my_mailbox assistant secretary on_my_behalf > delegate delegates | create
different_sender another_address_as_sender signature my_signature > send_as alias signature | update
half_written unsent unfinished not_sent started_writing > draft drafts
attached attachment enclosed enclosure file_in_the_mail > attachment
conversation back_and_forth mail_chain > thread conversation
bulk many_at_once lots_of several_at_once > batch bulk
mark_as_read seen mark_unread > mark read modify | update
chat_room room group_chat chatroom > channel conversation | group
private_group private_channel secret_channel > conversation channel create | private
what_people_said what_people_wrote wrote_in scroll_back earlier_messages old_messages chat_history what_did_people_write > history messages | conversation channel list
channel_subject what_the_channel_is_about subject_of_the_channel > topic purpose | channel set
answers_to_a_message follow_ups > replies thread
smiley emoji emoticon > reaction emoji
stickied pinned important_messages > pins pin | list
link_to_a_message message_link > permalink
typo_in_my_message fix_my_message change_what_i_wrote correct_my_message edit_my_message message_i_sent what_i_wrote > update message edit | chat
what_i_just_posted what_i_posted what_i_wrote my_last_message > message
in_slack on_slack > slack
picture_of_me profile_pic profile_picture selfie mugshot headshot portrait my_photo > photo profile avatar | image set
about_me_text my_status status_message status_text what_i_am_doing > status profile | set presence
away brb afk busy_status > presence dnd set | away
at_everyone mention_a_group handle_for_a_group > usergroup
meeting get_together appointment rendezvous session_with call_with gathering > event meeting | calendar appointment
lunch dinner breakfast brunch coffee party birthday date_with dentist standup stand_up_meeting one_on_one workshop > event meeting | calendar
today tomorrow tonight this_week next_week monday tuesday wednesday thursday friday saturday sunday noon afternoon morning evening oclock weekend yesterday > | event calendar schedule date time
meetings appointments events > events meetings | list calendar
every_week_meeting series_of_meetings repeating_meeting recurring > instances recurring | events
calendars agenda diary planner > calendar | calendars events list
who_is_coming who_accepted who_is_invited > attendees guests | event get
meeting_room conference_room book_a_room > room resource | booking
video_call zoom_call online_meeting virtual_meeting video_meeting > meeting conference | video create
recording_of_the_meeting meeting_recording > recording
colour colors colours > color colors
holiday_list public_holidays bank_holidays > holidays calendar
doc paper text_document writing word_document > document file doc | page
presentation deck powerpoint slide_deck > presentation slides | file
spreadsheet excel workbook google_sheet sheet > spreadsheet sheet | file worksheet
cell cells range > values range | cell spreadsheet
pdf word_file picture_file csv_file > file document | export
paragraph bullet heading_in text_on_the_page sentence > block paragraph | append text content
add_to_the_page write_on_the_page add_text > append blocks children | page
page note web_note notebook > page note
old_state what_it_looked_like_before history_of_the_file document_history > revisions versions | history list
share_with shared_with who_can_see_this people_with_access shared_by > permissions list | sharing share
edit_rights edit_access view_access read_access write_access comment_access > permission role | create access share
link_anyone_can_open public_link shareable_link > share link | permission public
margin_note remark_in_the_document > comment
team_drive shared_folder shared_drive common_folder > drive drives shared
bin recycling rubbish garbage trash_can > trash
out_of_the_bin from_the_bin out_of_the_trash > untrash restore undelete
empty_the_bin take_out_the_trash > empty trash
storage_space free_space quota_left > quota storage about | usage
song tune track number_one music_piece > track song
songs tunes tracks > tracks songs
band singer group_of_musicians musician performer rapper bands singers > artist artists
record lp long_player > album
mixtape mix compilation > playlist
playlists > playlists list
library my_music saved_music my_songs songs_i_like liked_songs favourites > saved tracks library | favorites
radio station > radio station
podcast podcasts radio_show show > show podcast | episode shows
speaker speakers headphones kitchen living_room bedroom tv telly stereo > device devices playback | player
fast_forward jump_to go_to_minute scrub > seek position
random mix_up any_order > shuffle
over_and_over on_repeat again_and_again loop > repeat mode
cover album_art artwork cover_picture sleeve > cover image
charts top_songs most_played favourite_bands hits biggest_hits > top tracks artists
new_music new_albums fresh_music just_out > new releases
lyrics words_of_the_song > lyrics
danceable tempo bpm > audio features analysis
movie film flick > movie video
series tv_show episode > show series episode
subtitles captions > captions subtitle
live broadcast_live streaming > stream live broadcast
photo_album gallery > album photos
snap pic pics shot > photo image picture
thumbnail small_picture preview_picture > thumbnail image
video clip footage > video
news headlines > articles news headlines | top
weather rain sun snow temperature_outside umbrella > weather forecast
place spot where_to_eat restaurant cafe bar nearby near_me around_here close_by > place places nearby search
route way directions drive_to walk_to how_do_i_get > directions route
coordinates lat_long latitude longitude > geocode location
what_is_at_this_address address_of where_is_this > geocode reverse address
distance travel_time how_long_to_get > distance matrix duration
traffic_jam congestion > traffic
street_picture street_view > streetview
time_zone local_time what_time_is_it > timezone time
text sms texting txt whatsapp > message sms | send
phone ring dial call_someone telephone > call | dial phone
phone_call calls phone_calls > call calls
hotline phone_number new_number telephone_number buy_a_number > phone number incoming
conference_line on_the_line conference_call conference_participants > participant conference
who_called missed_calls calls_we_got > calls list log
hold_music waiting_callers callers_waiting on_hold > queue call | members
voice_message voice_mail answer_phone > recording voicemail
recorded_call tape_of_the_call > recording
fax > fax
recipe cook ingredients meal_idea > recipe
workout run_data jog training > activity workout
book novel reading > book
translate another_language french german spanish > translate language
definition meaning_of synonym > definition dictionary word
joke quote_of_the_day > random
stars starred favorited bookmarked saved_items > starred stars list | favorites bookmarks
fans followers_of people_following_me who_follows > followers | list
subscribed_to people_i_follow i_follow > following followed | list subscriptions
target targets aims okrs objectives ambitions > goals goal | objectives
notifications alerts pings bell > notifications | list
team crew group_of_people > team group
department division unit > department group team
tag label sticker > tag label
category folder_of kind > category
picture image > image photo
dollars euros pounds yen francs dollar euro rupees > currency amount | money
cold warm hot chilly freezing boiling mild windy sunny outside outdoors > weather temperature | current
phone_number number_of telephone > contact number | phone
groceries shopping errands > todo task list | item
fly flying > flight | travel
bed_for_the_night stay overnight > hotel room | booking
hungry eat eating dinner_place > restaurant food place | recipe
cook bake cooking dish > recipe
win won beat goal_scored match > score result | game sports
ran jog jogged swam cycled lifted > workout activity | log
km miles kilometers kilometres > distance
drawing sketch > image picture | draw
euro_amount > amount
glue staple > merge combine join
smaller bigger larger tinier > resize | size scale
warmer colder hotter cooler > temperature thermostat | set
lights lamps > light lights | device
jazz rock pop classical blues techno > music | genre play
shut closed locked > close lock | status
asleep wake alarm_clock > alarm timer
dentist doctor hairdresser > event appointment | calendar
gadgets gadget appliance appliances > devices device
troll trolls stalker bully spammer > user | block
correspondence > messages email | list threads
junk rubbish > trash spam | empty
tunes > tracks | saved
i_love i_like liked loved > saved favorites | list
smile laugh > reaction | emoji
rooms > conversations | channels rooms
`
