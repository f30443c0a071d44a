/**
 * Words for music, films, photos, books, social networks, games and news, in the form of the idioms. What is done is apart from what it is done to. Written
 * from general knowledge of such APIs, never from the labelled queries.
 */

/** What is done with music, films and photos. */
export const WHAT_IS_DONE_WITH_MEDIA = `
let_the_music_play let_it_play start_the_music start_playing begin_playing get_the_music_going get_the_party_started turn_the_music_on play_some_music play_something play_me_something press_play hit_play go_on_playing keep_playing play_again_from > start resume playback | play
hold_the_song stop_the_song halt_the_music no_more_music silence_the_music turn_the_music_off turn_off_the_music quiet_please stop_the_playback press_pause hit_pause > pause playback | stop
dont_like_this_song i_dont_like_this get_me_another_song another_track_please move_on_to_the_next jump_to_the_next go_to_the_next_song go_to_the_next_track next_track play_the_next_song boring_song > skip next playback | track
play_the_last_song_again go_back_to_the_last_song back_to_the_last_song the_song_before_this hear_the_last_one_again previous_track > skip previous playback | track
go_to_the_chorus go_to_the_middle jump_to_the_middle skip_the_intro skip_ahead go_back_ten_seconds forward_thirty_seconds jump_to_minute > seek position playback | track
make_the_music_louder turn_the_music_up music_is_too_quiet i_cant_hear_the_music make_the_music_quieter turn_the_music_down music_is_too_loud softer_please how_loud_it_plays loudness > set volume playback | level
play_it_again_and_again play_this_over_and_over keep_repeating loop_the_song loop_this hear_it_all_day > set repeat mode playback | loop
in_any_order mix_the_songs_up mix_up_the_songs surprise_me_with_the_order no_fixed_order play_at_random play_randomly > toggle shuffle playback | random
play_it_in_the_kitchen play_it_in_the_living_room play_on_my_phone play_it_on_the_tv continue_on_my_phone continue_on_another send_the_music_to take_the_music_with_me move_the_music to_the_other_speaker in_another_room > transfer playback | device
what_could_it_play_on which_speakers_are_on where_could_i_play things_i_can_play_on what_can_i_play_on > get list available devices | device
what_is_this_song_called what_am_i_hearing what_am_i_listening_to what_is_on_right_now what_is_running_right_now name_of_this_song which_song_is_this who_sings_this what_song_is_this > get currently playing track | playback
is_music_playing is_anything_playing is_something_playing what_is_the_player_doing state_of_the_player > get playback state | current player
what_did_i_hear what_have_i_heard what_did_i_listen_to what_was_that_song_earlier songs_i_heard songs_from_yesterday what_was_playing_before > get recently played | tracks history
which_songs_come_next what_will_play_next whats_up_next_on_the_player > get queue | playback
play_this_one_next play_it_after_this hear_this_afterwards put_it_in_line put_the_song_in_line line_up_a_song line_up_another_song > add queue | playback item
make_a_mix make_a_mixtape put_some_songs_together collect_songs set_of_songs_for list_of_songs_for songs_for_the_party music_for_the_party > create playlist | playlists
put_a_song_on put_this_song_on put_this_song_in put_songs_on add_this_song add_a_song add_some_songs song_belongs_on > add tracks playlist | items
take_a_song_off take_this_song_off kick_a_song take_songs_out throw_a_song_out song_does_not_belong > remove tracks playlist | items
change_the_order_of_the_songs put_the_songs_in_order move_a_song move_the_song songs_in_another_order > reorder tracks playlist | replace
rename_my_mix call_my_mix change_the_name_of_my_playlist make_my_playlist_public make_my_playlist_private hide_my_playlist > change playlist details | update
cover_for_my_playlist own_picture_for_my_playlist picture_for_my_playlist picture_for_the_playlist > upload playlist cover image | custom
what_is_on_the_playlist songs_on_the_playlist songs_of_the_playlist which_songs_are_on_the_playlist > get playlist tracks | items
subscribe_to_a_playlist keep_someones_playlist have_someones_playlist playlist_of_a_friend_in_my > follow playlist | save
drop_a_playlist throw_my_playlist_away get_rid_of_a_playlist no_longer_want_the_playlist > unfollow playlist | delete
which_playlists_do_i which_mixes_do_i > get list current user playlists | playlist
playlists_of_someone playlists_of_a_friend playlists_by_someone what_playlists_does > get list user playlists | playlist
heart_the_song heart_this_song like_the_track keep_the_song keep_this_track i_love_this_song i_like_this_song remember_this_song save_this_song > save tracks user | like library
no_longer_like_the_song dont_like_it_any_more take_it_out_of_my_library take_back_the_heart unlike_the_song > remove saved tracks user | library
have_i_liked_this is_it_in_my_library do_i_have_this_song did_i_like_this_song is_the_song_saved > check saved tracks user | library
songs_i_have_liked songs_i_liked songs_i_hearted songs_i_kept my_liked_songs my_favourite_songs my_favorite_songs what_songs_do_i > get saved tracks user | library
put_the_album_in_my keep_the_album remember_the_record keep_the_record > save albums user | library
take_the_album_out throw_the_record_out no_longer_want_the_album > remove albums user | saved
records_i_kept albums_i_kept albums_i_like > get saved albums user | library
stay_up_to_date_with_a_band keep_up_with_a_band hear_about_new_music_by become_a_fan be_a_fan_of > follow artists | artist
no_longer_a_fan lose_interest_in_a_band > unfollow artists | artist
bands_i_keep_up_with bands_i_follow which_bands_do_i_follow singers_i_follow > get followed artists | following
am_i_a_fan do_i_follow_this_band > check follows artist | following
what_has_the_band_made what_else_did_they_make what_else_have_they_made what_records_did_they everything_by_a_band everything_by_an_artist > get artist albums | discography
best_known_songs famous_songs biggest_hits most_popular_songs most_famous_songs their_hits what_is_the_band_known_for > get artist top tracks | popular
bands_of_the_same_kind who_sounds_like who_else_sounds bands_that_sound_alike same_kind_of_band fans_also_like > get related artists | similar
who_is_this_band tell_me_about_the_singer about_the_band facts_about_an_artist > get artist | details
what_songs_are_on_it songs_on_the_album songs_on_the_record running_order_of_the_album tracklist track_list > get album tracks | songs
when_did_the_album_come_out when_did_the_record_come_out facts_about_an_album > get album | release date
how_fast_is_the_song how_danceable can_you_dance_to beats_per_minute in_which_key is_the_song_happy mood_of_the_song sound_qualities > get audio features | track
bars_and_beats beat_by_beat structure_of_the_song sections_of_the_song > get audio analysis | track
something_i_might_like something_new_to_listen what_would_i_like songs_i_might_like music_i_might_like find_me_new_music help_me_find_music > get recommendations | suggestions seed
which_styles_can_i kinds_of_music_for_suggestions > get recommendation genres | seeds
what_came_out_this_week what_came_out_lately fresh_albums records_that_just_came_out albums_that_just_came_out just_been_released > get new releases | albums
what_do_they_put_on_the_front recommended_playlists playlists_they_recommend playlists_of_the_day hand_picked_playlists > get featured playlists | playlist
music_by_mood kinds_of_music moods_to_choose mood_and_genre shelves_of_music > get list categories | genres
what_do_i_hear_most whom_do_i_hear_most my_most_played my_favourite_bands my_favorite_bands my_most_loved bands_i_hear_most songs_i_hear_most > get user top artists tracks | favorites
in_which_countries_is_it where_is_the_service_offered countries_with_the_service > get available markets | countries
find_a_song look_for_a_song look_for_an_album find_a_band look_for_a_band find_an_artist find_that_song > search | track artist album
subscribe_to_a_podcast keep_the_podcast put_the_podcast_in follow_the_podcast > save shows user | podcast follow
drop_a_podcast stop_the_podcast no_longer_hear_the_podcast unsubscribe_from_a_podcast > remove shows user | podcast saved
podcasts_i_follow podcasts_i_subscribe_to which_podcasts_do_i > get saved shows user | podcasts
what_is_the_podcast_about tell_me_about_the_podcast > get show | podcast
new_parts_of_the_podcast instalments_of_the_podcast > get episodes show | list
put_a_film_online put_a_video_online upload_a_clip post_a_film share_a_film > upload insert video | videos
take_the_film_down take_the_video_down take_a_video_offline > delete video | videos
change_the_title_of_the_video rename_the_video describe_the_video > update video | title description
words_under_the_film text_under_the_film words_on_screen text_on_the_video > captions subtitles | upload list caption
picture_before_the_film start_picture_of_the_video preview_picture > set thumbnail | thumbnails video
go_on_air broadcast_myself start_a_live_show stream_live show_it_live > create start live stream | broadcast
how_many_saw_the_video how_many_watched how_often_was_it_watched how_did_the_video_do > get video statistics views | analytics
films_like_this what_should_i_watch what_to_watch_tonight something_to_watch > get recommendations similar movies | movie discover
who_plays_in_the_film who_acts_in who_is_in_the_film actors_in who_directed > get credits movie | cast crew
what_is_on_at_the_cinema what_is_on_tv films_in_the_cinema now_showing what_runs_at_the_movies > list now playing movies | movie showtimes
where_can_i_watch which_service_has_the_film where_can_i_stream > get watch providers | movie streaming
rate_the_film give_the_film_stars > add rating movie | rate
put_it_on_my_watch_list want_to_see_it_later watch_later > add watchlist | list movie
where_did_i_stop_watching continue_watching carry_on_where_i > get playback progress | resume
put_my_pictures_online save_my_pictures keep_my_pictures back_up_my_photos > upload photos media | create items
make_an_album_of put_pictures_together_in > create album | photos
put_pictures_in_the_album put_the_photo_in_the_album > add photos album | media items
pictures_of_my find_a_picture find_pictures_of photos_from_last photos_of > search photos | media images list
picture_of_the_day nice_pictures free_pictures stock_photos pictures_i_may_use > search list photos | random image
book_about find_a_book look_for_a_book books_by > search books | volumes author
put_a_book_on_my_shelf books_i_have_read what_have_i_read > bookshelf books | shelves list
`

/** What is done in social networks, games and the news. */
export const WHAT_IS_DONE_IN_PUBLIC = `
tell_the_world say_it_in_public write_something_for_everyone put_a_post_online write_a_post put_it_on_my_wall put_it_on_my_page post_a_status tweet_this post_a_tweet write_a_tweet > create post | status tweet publish
take_my_post_down take_down_a_post regret_my_post delete_my_tweet > delete post | status tweet
change_my_post fix_my_post > update edit post | status
pass_the_post_on share_someones_post spread_a_post repeat_a_post > share repost | retweet post
say_i_like_it like_the_post give_a_like put_a_like heart_the_post > like create post | favorite reaction
take_my_like_back no_longer_like_the_post > unlike remove delete like | post
write_under_a_post answer_a_post comment_on_a_post > create comment reply | post
what_do_people_say_under answers_to_my_post what_do_people_write_under > list comments replies | post
who_liked_it who_liked_my who_shared_it who_passed_it_on > list likes | post reposts users
follow_someone keep_up_with_someone see_what_someone_posts see_someones_posts > follow user | create
no_longer_see_someone no_longer_follow_someone lose_interest_in_someone hide_someones_posts > unfollow mute user | following
make_friends_with ask_to_be_friends friend_someone send_a_friend_request > create friend request | friendship connection
accept_a_friend say_yes_to_a_friend > accept friend request | friendship
end_a_friendship unfriend no_longer_friends > delete remove friend | friendship
who_are_my_friends list_of_friends people_i_am_friends_with > list friends | connections
what_are_people_posting what_did_my_friends_post whats_new_from_my_friends show_me_my_feed what_do_people_i_follow > get timeline feed | home posts
what_has_someone_posted posts_by_someone everything_someone_wrote > list user posts | timeline tweets
what_is_everybody_talking_about what_is_hot what_is_in_right_now trending_now what_is_going_viral > get trends trending | topics
posts_about posts_with_the_tag what_do_people_write_about what_is_said_about_us who_talks_about_us who_mentions_us > search posts | mentions hashtag
report_a_bad_post tell_on_someone this_post_breaks_the_rules > report create | post user
write_to_someone_privately slip_into > send direct message | conversation create
plan_a_post post_it_next_week write_posts_ahead > schedule post | scheduled
how_did_my_post_do how_many_saw_my_post how_far_did_my_post > get insights post | statistics impressions
open_a_club start_a_club found_a_group start_a_community > create group community | server
let_me_into_the_group join_the_club become_a_member > join group | request membership
silence_a_member put_someone_in_the_corner time_out_for > timeout mute member | moderate
how_many_points_do_i_have who_has_the_most_points who_is_the_best_player who_is_winning ranking_of_players best_players high_score high_scores > get list leaderboard scores | ranking
i_scored_points send_in_my_score my_new_record > submit score | leaderboard
what_have_i_unlocked trophies_i_have prizes_in_the_game badges_i_have what_did_i_achieve > list achievements | badges player
game_is_won give_a_trophy > unlock achievement | award
find_someone_to_play_with find_an_opponent look_for_players get_a_game_going > create matchmaking ticket | match lobby
save_my_game keep_my_place_in_the_game > save game state | snapshot
what_games_do_i_have games_i_own > list owned games | library
buy_things_in_the_game what_do_i_carry > inventory items | player purchase
how_did_our_team_play who_plays_tonight who_is_playing_tonight when_is_the_game when_is_the_match next_game_of next_match_of > list get fixtures schedule | matches games
where_is_our_team_in_the_table where_are_we_in_the_table league_table > get standings | league table
who_plays_for_the_team players_of_the_team > list roster players | squad team
how_good_is_the_player goals_of_a_player > get player statistics | stats
what_happened_in_the_world what_is_in_the_news whats_in_the_paper any_news_today news_of_the_day news_about todays_paper > list get articles headlines | news top search
tell_me_when_there_is_news keep_me_informed_about > create alert subscription | news topic
stories_of_a_newspaper which_papers_are_there > list sources | news
look_up_a_word_in_the_encyclopedia encyclopedia > get search article page | summary wiki
`

/** What outsiders call the things of media and the public. */
export const THINGS_OF_MEDIA = `
music_list song_list list_of_music list_of_tracks collection_of_songs own_mix > playlist | playlists tracks
piece_of_music musical_piece > track | song tracks
long_playing_record studio_record full_record > album | albums
musical_group rock_band pop_star pop_group performing_artist > artist | artists
talk_show radio_programme radio_program spoken_show audio_show > show podcast | shows episodes
part_of_a_podcast podcast_part instalment > episode | episodes
music_collection record_collection my_collection > saved library | tracks albums user
music_player media_player sound_system hi_fi record_player > playback player | device
loud_speaker loudspeaker wireless_speaker smart_speaker play_device > device devices | playback
place_in_the_song time_in_the_song point_in_the_song > position | seek track
sort_of_music kind_of_music music_style style_of_music > genre category | genres categories
music_taste taste_in_music listening_habits > top artists tracks | user
album_picture picture_of_the_album front_of_the_record > cover image | album
song_words text_of_the_song > lyrics | track
motion_picture motion_pictures feature_film blockbuster > movie film | movies
television_series tv_series tv_programme tv_program soap_opera > show series | tv episodes
actor actors actress film_star > cast person | credits people
film_review film_reviews > reviews | movie
cinema movie_theater movie_theatre picture_house > theater showtimes | cinema
film_clip short_film moving_picture home_movie > video | videos
video_channel tv_channel > channel | channels
live_show live_broadcast live_transmission live_video > stream broadcast | live
photo_collection picture_collection photo_book > album library | photos media
snap_shot holiday_picture holiday_pictures family_photo > photo | photos image
short_message_to_the_world public_message public_post wall_post blog_entry blog_entries > post | posts status
news_feed home_feed front_feed stream_of_posts > feed timeline | home
people_i_know_online online_friends circle_of_friends > friends connections | followers
people_who_see_my_posts online_audience > followers | subscribers
account_page_of profile_of_someone somebodys_page someones_page > user profile | users
topic_tag hash_tag > hashtag tag | topics
online_group online_community fan_club > group community | members
points_table ranking_list top_list hall_of_fame > leaderboard | ranking scores
computer_game video_game board_game > game | games
playing_partner fellow_player opponent team_mate_in_a_game > player | players match
game_result final_score end_result outcome_of_the_game > score result | match game
sports_results results_of_the_weekend > scores results | matches games
sports_league football_league > league competition | standings
newspaper newspapers magazine press press_report > articles sources | news
news_item news_story report_in_the_paper > article | articles news
`
