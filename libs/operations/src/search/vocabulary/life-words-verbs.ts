/**
 * Verbs of everyday, old-fashioned, British and American English for what operations do, in the form of the idioms. Written from general knowledge.
 */
export const EVERYDAY_VERBS = `
axe yank torch expunge eradicate annihilate extinguish liquidate bulldoze > delete remove | destroy
prune cull thin_out > delete remove | clean
deep_six give_the_boot give_the_chop send_to_the_scrapheap consign_to > delete remove
oust banish exile evict dislodge drum_out turf_out show_out see_off > remove kick | delete ban member
rescind retract repeal countermand > revoke cancel | delete
nix scupper scuttle scrub_the pull_the_plug_on bail_on bail_out_of > cancel stop | abort
cease desist halt discontinue knock_it_off quit_doing call_it_a_day > stop end | cancel
mothball retire lay_to_rest put_out_to_pasture > archive deactivate | close
resurrect revive reinstate breathe_new_life salvage rescue retrieve_from_the_dead > restore recover | undelete reopen
spawn mint craft forge conjure fabricate establish erect concoct rustle_up cook_up dream_up cobble_together throw_together > create add | new generate
commence embark_on set_about crank_up_the get_rolling get_the_ball_rolling > start begin | create
enlist recruit induct rope_in draft_in > add invite | member
summon beckon call_upon > invite | notify
welcome_aboard welcome_to_the > add invite create | member
augment enrich supplement extend_with > update add | append
amend emend rework recast revamp overhaul retouch touch_up > update edit | modify
relabel retag recategorize recategorise reclassify > update | label tag category
rebrand rechristen retitle reword_the_title > rename update | name title
reassign redistribute reallocate > assign update | owner assignee
resend send_anew send_once_more send_out_again > send resend | retry
repost republish reissue > post publish create | again
requeue put_back_in_the_queue > retry queue | enqueue
relaunch restart_from_scratch start_over_again > restart rerun | start
rewind_to turn_back_the_clock wind_back > restore rollback | previous
peruse browse_through have_a_browse have_a_gander have_a_peek take_a_peek take_a_gander eyeball glance_at cast_an_eye_over run_an_eye_over scan_through > list get | view
clap_eyes_on lay_eyes_on set_eyes_on > get show
scrutinize scrutinise vet pore_over go_through_with_a_fine > review get | check
snag nab procure obtain acquire_a lay_my_hands_on > get download | create buy
recite rattle_off reel_off spell_out read_out_the tell_me_all name_all give_me_the_names > list
itemize itemise catalog_all catalogue_all enumerate_the > list
unearth ferret_out root_out rummage_through scour trawl_through hunt_out nose_out > search find | query
ascertain determine establish_whether see_whether see_if find_out_whether find_out_if tell_whether tell_if > check get | verify
corroborate authenticate_that make_certain ensure_that > verify check | validate
ratify endorse bless okay wave_through rubberstamp give_thumbs_up assent_to > approve accept | review
veto overrule spurn rebuff thumb_down give_thumbs_down give_the_thumbs_down > reject decline | deny
forbid prohibit outlaw disallow put_a_ban_on > block deny | disable
entitle empower enable_someone_to give_clearance give_permission > grant allow | permission role create
strip_of divest deprive take_privileges > revoke remove | permission role
convey communicate_to get_word_to break_the_news_to let_be_known drop_someone_a give_someone_a_shout give_a_shout give_a_shoutout > send post | message notify
broadcast_to proclaim trumpet shout_from_the_rooftops > post publish send | message announcement
ring_round bell_someone give_someone_a_bell give_someone_a_ring give_someone_a_buzz dial_up > call create | phone
scribble scrawl pen_a put_pen_to_paper commit_to_paper > create write | note
transcribe_to take_down_what take_dictation > transcribe | transcription
stow squirrel_away put_in_safe_keeping keep_safe lay_away bank_it > store save | archive
hoist heave cart_over lug ferry relocate_to transplant > move transfer | migrate
amalgamate meld fuse coalesce unify blend mash_together > merge combine
carve_up slice_up chop_into hive_off > split | divide
fasten bolt_on affix append_to tack_onto hitch > attach add | link
unfasten unhitch uncouple sever pry_off > detach remove | disconnect
affiliate_with tether wire_up patch_through patch_in > connect link | integrate
bump_up jack_up ratchet_up step_up > increase update | raise
slash trim pare_down scale_back cut_back ratchet_down whittle_down > decrease update | reduce
tally_up reckon_up tot_the work_out_how_many quantify > count get | total
pony_up cough_up fork_out shell_out stump_up foot_the_bill chip_in remit_payment > pay | payment
recoup claw_back clawback get_reimbursed pay_me_back want_my_money > refund reverse | transfer
invoice_up send_the_damage > create invoice | send
shop_for splash_out_on pick_up_a_new snap_up > buy create order | purchase
flog hawk sell_off > sell create listing | product
pencil_someone_in diarise diarize calendarize put_in_the_diary put_it_in_the_diary > create insert event | schedule calendar
rearrange_to push_to_another bump_to put_back_to bring_back_to kick_down_the_road punt_to > reschedule update event | move
cry_off bow_out bow_out_of beg_off duck_out_of > decline cancel | event response leave
rsvp say_whether_i_come > update event | response attendee
muzzle gag hush shush pipe_down keep_it_down > mute silence | disable
zip_up box_up bundle_up parcel_up wrap_as > compress archive | zip package
roll_over turn_over_the_key > rotate renew | key
tie_down nail_down pin_down > lock pin | confirm
chuck_in toss_in throw_in drop_into pop_in pop_into bung_in whack_in slap_on plop_in > add insert | upload
chalk_up rack_up clock_up > log record | create
keep_tabs_on keep_tabs stay_on_top_of keep_abreast keep_up_to_date_on > watch subscribe | follow monitor
lose_track_of tune_out drop_off_the unfollow_the > unsubscribe unfollow | unwatch
get_shot_of see_the_back_of dispense_with part_with > delete remove
get_started_with kick_things_off set_the_wheels > start create
get_to_the_bottom_of what_is_behind what_caused what_is_causing > get search | logs error events
get_wind_of hear_of_it_when be_in_the_know keep_me_up_to_date > create subscribe | webhook notification
give_me_a_hand_with > get | help
have_a_word_with > create send | message conversation
iron_out_the_creases > update fix
jog_my_memory > list get | reminders history
keep_on_file > store save
let_go_of free_up > release delete
make_a_beeline > get | route
make_a_fresh_start > reset create
open_the_floodgates > allow enable
pass_the_buck pass_the_baton > assign transfer | owner
put_on_ice put_on_the_back_burner put_on_the_shelf leave_hanging > pause hold | suspend
put_through_its_paces give_it_a_whirl give_it_a_spin give_it_a_go take_for_a_spin > test run | try
ring_fence cordon_off > isolate lock | restrict
set_straight_the_record > update | correct
take_under_my_wing > assign | owner
throw_in_the_towel > cancel close
turn_a_blind_eye > ignore dismiss | mute
turn_the_page_on > close archive
under_lock_and_key > lock protect | private
up_and_running_again > restore restart | enable
whats_the_score whats_the_story whats_the_state whats_the_word whats_the_damage > get | status
whats_cooking whats_the_buzz whats_shaking > list | recent events activity
who_is_in_on who_is_in_it whos_in_it who_all_is > list members | participants
who_calls_the_shots who_runs_the who_heads who_is_the_head > get owner | admin manager
who_is_to_blame who_messed_up who_broke > get list commits | author blame audit
where_do_i_stand where_do_we_stand how_do_we_look > get | status balance report
how_do_i_get_rid_of how_can_i_get_rid how_do_you_get_rid > delete remove
how_can_i_stop how_do_i_stop > stop cancel | disable
how_can_i_see how_do_i_see where_can_i_see where_do_i_see where_can_i_find where_do_i_find > get list | show
how_can_i_change how_do_i_change > update change | edit
`
