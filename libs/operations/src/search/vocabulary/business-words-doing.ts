/**
 * Verbs of several words and questions that say what is done, whatever it is done to, in the form of the idioms. The first word after `>` decides what a
 * query asks for. Written from general knowledge of how people ask, never from the labelled queries.
 */
export const WHAT_IS_DONE = `
send_over send_off send_across send_along get_out_to get_across > send | deliver
pass_along hand_along relay > forward send
draw_up make_out set_down put_on_paper > create | draft write
set_in_motion set_off kick_into_action get_going get_moving > start trigger | run
bring_to_life breathe_life_into > activate enable | start
put_an_end_to put_a_stop_to bring_to_an_end call_a_halt > stop end | cancel
wind_up wind_down phase_out sunset > close archive | end deactivate
rub_out wipe_out weed_out root_out cross_out strike_from > delete remove | purge
strike_off drop_from cut_from take_away_from > remove | delete
tack_on stick_on_the_end add_underneath > append add
slot_in squeeze_in pencil_in fit_in_a > create insert schedule | event
set_aside put_by > reserve hold | save
tuck_away file_away pack_away store_away put_in_storage > archive | store
dig_out fish_out ferret_out sniff_out > find search | get
pick_out single_out sift_through narrow_down comb_through > search list | filter query
look_through leaf_through flick_through skim_through skim_over run_through read_through > list | get browse
read_over look_closely_at take_a_closer_look look_more_closely > get | details retrieve
get_hold_of get_my_hands_on lay_hands_on have_a_copy > get download | retrieve
tot_up add_up sum_of sum_total grand_total > count total | sum
weigh_up put_side_by_side hold_against set_against > compare | diff
rule_out keep_from leave_off > exclude block | remove
put_right set_right set_straight straighten_out iron_out patch_up clear_up_a_mistake > update fix | correct
freshen_up bring_into_line brush_up > update | refresh
keep_in_step keep_in_sync line_up_with match_up_with bring_together_with > sync | update synchronize
lump_together roll_into_one make_one_of make_one_out_of turn_into_one fold_into > merge | combine group
tie_together pair_up bind_together string_together > link connect | associate
prise_apart pull_apart take_apart tear_apart > split separate | detach
sign_over make_over_to hand_the_reins leave_to_another > transfer | owner assign
stand_in_for step_in_for fill_in_for > delegate | assign
carry_over bring_across take_across shift_across > move transfer | migrate
bring_in_from take_in_from pull_in_from > import | upload
spit_out dump_out get_out_as pull_out_as > export | download
start_afresh begin_again wipe_the_slate > reset restart | clear
as_it_was the_way_it_was how_it_used_to_be back_to_normal back_as_it > restore revert | rollback
push_to_the_front move_to_the_front to_the_top_of first_in_line > reorder move | position priority
send_to_the_back move_to_the_end put_last > reorder move | position
hand_round pass_round pass_around show_around spread_around > share | publish
put_under_lock keep_under_wraps keep_out_of_sight keep_away_from_others > lock hide | private
make_it_known make_known get_the_word_out let_the_world_know > publish announce | post
sign_up_for put_down_for put_my_name_down put_their_name_down > register subscribe | add create
strike_my_name take_my_name_off pull_out_of back_out_from > unsubscribe leave | remove cancel
give_the_go_ahead give_the_nod wave_it_through give_a_yes give_their_blessing say_it_is_ok say_its_ok say_it_is_fine > approve | accept
give_a_no send_packing turn_away say_it_is_not_ok refuse_to_accept > reject decline | deny
have_second_thoughts think_better_of no_longer_going_ahead wont_go_ahead not_going_ahead > cancel
make_do_with put_up_with > accept
leave_it_for_now come_back_to_it_later shelve_for_now > snooze postpone | pause
put_a_name_to give_a_name christen > rename | update name
put_a_price_on say_what_it_costs > create price | update
put_a_date_on > update | due date
put_a_limit_on keep_below keep_under > update | limit
raise_the_limit allow_more lift_the_limit > update increase | limit
keep_a_record_of keep_records_of make_a_record > create record | log
check_up_on look_in_on see_how_things_are > get | status check
what_became_of where_does_it_stand any_news_on any_news_about whats_the_latest_on what_is_the_latest_on where_are_we_with how_far_are_we_with how_far_along_is how_is_it_coming > get retrieve | status
has_it_come_through has_it_gone_through did_it_get_through did_it_succeed was_it_successful did_it_fail > get check | status
until_when valid_until how_much_longer when_does_it_run_out when_does_it_expire > get | expiration expires end
since_when from_when how_long_ago > get | created date
do_we_have_any have_we_got_any do_i_have_any have_i_got_any are_there_any is_there_any have_we_any got_any > list | search
what_kinds_of what_sorts_of what_types_of which_kinds_of which_sorts_of > list | types type
everything_about all_there_is_to_know all_i_can_know the_whole_story full_picture all_we_know_about > get retrieve | details
by_whom at_whose_request on_whose_orders > get | author owner user
a_breakdown_of broken_down_by split_by grouped_by > report summary | statistics
make_ten_of make_many_of several_of_them_at_once all_in_one_go all_at_once > batch | bulk
let_the_next_person what_comes_after_that what_is_up_next > get next | queue
so_nobody_can so_no_one_can so_that_nobody nobody_may no_one_may > lock restrict | block
so_anyone_can so_that_anyone so_everyone_can everyone_may anyone_may open_to_all open_to_everyone > public share | permission
`
