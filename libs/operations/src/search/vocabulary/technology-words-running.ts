/**
 * Words for logs, figures, alerts, incidents, people on call, features, experiments and visitors, in the form of the idioms. What is done is apart from
 * what it is done to. Written from general knowledge of such APIs, never from the labelled queries.
 */

/** What is done to keep services running and to learn how they are used. */
export const WHAT_KEEPS_SERVICES_RUNNING = `
what_happened_in_the_logs look_through_the_logs dig_through_the_logs search_the_logs what_do_the_logs_say find_in_the_logs any_errors errors_since errors_of_the_last > search query logs | log events
follow_the_logs watch_the_logs watch_logs_live see_logs_as_they_come > tail stream logs | log
keep_logs_longer how_long_are_logs_kept throw_logs_away_after > update retention | logs policy
send_logs_to ship_logs_to forward_logs > create log drain | destination logs forwarding
how_busy_is_the_machine how_loaded_is_the_machine how_hard_is_the_machine how_much_memory_is how_much_memory_does how_much_cpu_does how_much_cpu_is is_the_disk_full how_full_is_the_disk how_much_traffic_does cpu_of_the_machine memory_of_the_machine > get query metrics | cpu memory usage monitoring
how_fast_is_the_site how_fast_is_the_service how_slow_is how_long_do_requests_take response_times > get query metrics latency | response time
send_a_figure record_a_figure send_a_measurement record_a_measurement > submit create metrics | points series
draw_a_chart make_a_chart make_a_graph show_as_a_graph make_a_dashboard build_a_dashboard page_with_charts page_of_charts > create dashboard | widget chart panel
tell_me_when_it_breaks tell_me_when_it_is_down warn_me_when warn_us_when warn_us_if warn_me_if let_us_know_when let_us_know_if tell_us_when tell_us_if notify_us_when notify_us_if notify_me_if mail_me_when mail_me_if mail_us_when email_me_when email_me_if ring_the_bell_when raise_the_alarm_when sound_the_alarm_when alarm_me_when > create alert policy | monitor rule alarm notification
change_when_we_are_warned warn_later warn_earlier change_the_alarm change_the_threshold raise_the_threshold lower_the_threshold too_many_alarms alarm_is_too_sensitive > update alert policy | monitor threshold rule
no_longer_warn stop_the_alarm_for stop_the_warning stop_warning_me stop_warning_us no_more_alarms drop_the_alarm take_out_the_alarm switch_the_alarm_off_for_good > delete alert policy | monitor rule
what_are_we_warned_about what_do_we_get_warned which_alarms_do_we_have what_do_we_watch what_are_we_watching which_warnings_are_set_up > list alert policies policy | monitors rules
what_is_on_fire what_is_burning what_is_ringing what_is_going_wrong which_alarms_are_ringing which_alarms_ring which_alarms_are_active what_alerts_are_firing anything_on_fire are_there_any_alarms > list alerts active | firing incidents triggered
quiet_the_alarm silence_the_alarm shut_the_alarm_up no_alarms_for no_alarms_during mute_the_alarm dont_ring_for_a_while stop_the_beeping > create silence mute | alert snooze downtime
planned_downtime planned_maintenance we_work_on_it_tonight during_the_maintenance announce_maintenance plan_maintenance schedule_maintenance > create maintenance window downtime | schedule
is_the_site_up is_the_site_down is_the_site_reachable is_the_service_up is_the_service_down is_everything_up is_everything_ok does_the_site_answer can_people_reach > get check status uptime | health
watch_whether_the_site check_the_site_every see_if_the_site_stays visit_the_site_every ping_the_site > create uptime check | monitor synthetic
something_is_broken everything_is_down site_is_down service_is_down we_have_an_outage there_is_an_outage sound_the_alarm raise_the_alarm call_for_help declare_an_emergency declare_an_outage open_an_outage > create incident | trigger alert
who_is_on_duty who_is_on_duty_tonight who_is_on_call who_is_on_call_now who_gets_woken who_gets_paged who_gets_the_call who_has_duty who_has_the_pager who_carries_the_pager whom_do_i_wake whom_can_i_wake whose_turn_is_it whose_shift_is_it > list on call oncalls | schedule users rotation
wake_the_engineer wake_somebody_up wake_someone_up get_someone_out_of_bed page_someone page_the_engineer page_the_person page_the_team call_the_engineer > create page incident alert | notify on call
i_am_on_it im_on_it i_take_it i_will_take_it ill_take_it ive_seen_it i_have_seen_it somebody_is_on_it somebody_is_looking working_on_the_outage > acknowledge incident alert | update
outage_is_over problem_is_over it_works_again works_again everything_is_fine_again all_clear back_up_again fire_is_out it_is_fixed > resolve incident alert | update close
pass_it_to_the_next give_it_to_someone_with_more wake_the_boss bring_in_the_next_level get_more_people_on get_help_with_the_outage > escalate incident | policy responder
let_someone_else_take_it give_the_outage_to hand_the_incident_over > reassign incident | assign update
same_outage_twice two_alarms_for_the_same these_belong_to_one > merge incidents | incident
what_have_we_done_about write_into_the_log_of_the_outage note_on_the_outage say_what_we_found keep_a_log_of_the_outage > create note incident | timeline update
what_went_wrong_yesterday past_outages earlier_outages what_outages list_of_outages which_outages > list incidents | outages
why_did_it_happen lessons_learned what_did_we_learn_from write_up_the_outage > create postmortem | incident report
tell_customers_about_the_outage tell_the_customers_that_we inform_customers_of_the_outage say_on_the_status_page post_on_the_status_page public_status > create incident update status page | post
take_someones_duty swap_duty swap_the_pager take_over_the_pager take_over_duty change_who_is_on_duty somebody_else_has_duty cover_for_me_tonight cover_my_shift > create override schedule | on call
plan_who_is_on_duty plan_the_duty make_a_duty_plan set_up_duty > create schedule | on call rotation
who_is_called_after whom_to_call_next order_of_calling order_of_waking > list get escalation policies | policy
what_crashed what_is_crashing what_errors_do_users which_errors_do_users new_errors which_exceptions what_exceptions > list issues errors | events exceptions
how_often_does_the_error how_many_users_had_the_error who_had_the_error > get events error issue | count users
error_is_fixed error_is_solved bug_in_production_fixed > resolve update issue | error status
follow_a_request where_does_the_time_go why_is_the_request_slow what_makes_it_slow path_of_a_request > get trace | traces spans
turn_a_feature_on switch_a_feature_on switch_on_the_new_feature release_a_feature_to show_the_feature_to give_the_feature_to let_some_users_see only_for_some_users for_a_few_users_first for_ten_percent_of try_it_on_some > update feature flag | toggle rollout targeting
turn_a_feature_off switch_a_feature_off hide_a_feature take_the_feature_away pull_the_feature kill_the_feature > update disable feature flag | toggle
make_a_switch_for a_switch_for_a_feature switch_for_the_feature > create feature flag | toggle
which_features_are_on what_features_are_on which_switches_do_we_have features_that_are_hidden > list feature flags | toggles
who_sees_the_feature is_the_feature_on_for does_this_user_see > evaluate get feature flag | user targeting
which_version_works_better which_one_works_better which_one_is_better try_two_versions two_versions_of_the_page test_two_versions half_the_visitors > create experiment | test variant
which_version_won who_won_the_test how_did_the_test_go result_of_the_test > get results experiment | variant
note_that_a_user count_a_click count_clicks remember_what_the_user_did send_what_the_user_did record_what_users_do track_what_users user_did_something > track event | events create ingest
who_is_this_user_in_the_figures say_who_the_visitor_is > identify user | profile
how_many_people_use how_many_people_come how_many_people_visit how_many_users_do_we how_many_came how_many_visitors_did how_many_people_were_on people_on_the_site_now who_is_on_the_site how_many_are_on_the_site > get report users visitors | analytics active realtime
where_do_people_leave where_do_users_give_up where_do_visitors_drop at_which_step_do how_many_get_through how_many_make_it_to > get funnel | conversion report
do_people_come_back do_users_stay do_they_come_back how_many_come_back how_loyal > get retention cohort | report
what_do_people_click what_do_users_click where_do_people_click what_do_visitors_look_at which_pages_do_people which_pages_are_read most_read_pages most_visited best_read > get report pages | top events analytics heatmap
forget_everything_about_a_user forget_all_about right_to_be_forgotten erase_a_person remove_a_persons_data gdpr_delete > delete user profile data | privacy request
give_a_user_their_data what_do_we_know_about_a_user copy_of_their_data what_data_do_we_have_about > export user data | privacy request profile
how_much_have_we_used how_much_of_our_limit how_many_calls_are_left how_many_requests_are_left are_we_near_the_limit how_close_to_the_limit > get usage limits | quota rate
who_changed_the_settings who_did_what who_touched_the_settings who_logged_in who_has_logged_in who_was_here_last trail_of_what > list audit log events | activity logins
`

/** What outsiders call the things of services that run. */
export const THINGS_OF_SERVICES_THAT_RUN = `
log_line log_lines log_file log_files log_messages log_entries server_log server_logs written_traces > logs log | events entries
error_message error_messages error_log error_logs errors_in_the_app app_errors program_errors stack_traces > errors error events | logs issues exceptions
measured_value measured_values measurements figures_of_the_machine performance_figures performance_data time_series load_figures > metrics metric | series points
gauge counter histogram timer_metric > metric | metrics
wall_of_charts status_board overview_board board_with_charts control_panel cockpit monitoring_screen > dashboard dashboards | panel
warning_rule warning_rules alarm_rule alarm_rules alarm_setting alarm_settings warning_level warning_limit warning_condition > alert policy rule | monitor policies threshold
warnings_we_get alarms_that_ring ringing_alarm active_alarm active_alarms > alerts | incidents firing
quiet_period alarm_pause silent_period > silence maintenance downtime | mute window
work_on_the_servers service_window maintenance_time > maintenance window | windows downtime
availability_of_the_site uptime_of_the_site time_without_outage nines > uptime status | check sla
disruption service_disruption emergency emergencies production_problem system_failure breakdown black_out blackout downtime_event > incident incidents | outage
duty_plan duty_schedule duty_list stand_by standby_duty pager_duty on_call_plan on_call_list > schedule on call | oncall rotation
duty_swap stand_in_for_duty > override | schedule
call_chain chain_of_calls waking_order alarm_chain > escalation policy | policies
people_who_help_with_the_outage incident_team response_team > responders | incident
ways_to_reach_me how_can_i_be_reached how_do_i_get_alarms how_to_wake_me > contact methods notification rules | user
review_after_the_outage outage_report incident_report cause_of_the_outage root_cause > postmortem | incident report
status_site public_status_page page_with_the_status > status page | components
part_of_the_service parts_of_the_service affected_system affected_systems > component service | services components
crash_group error_group same_errors > issue error | group
request_path call_tree slow_call slow_calls slow_request > trace span | traces
slow_page page_speed loading_time load_time > performance metrics | latency
feature_switch feature_switches feature_toggle feature_toggles on_off_switch hidden_feature hidden_features gradual_release kill_switch > feature flag flags | toggle
toggle toggles flag_for_a_feature > flag | feature flags
share_of_users part_of_the_users some_of_the_users group_of_users user_group_for_a_feature beta_users test_users > segment | targeting audience rollout cohort
a_b_test ab_tests two_version_test trial_of_two > experiment | experiments variants
click_event user_action user_actions what_users_do behaviour_of_users user_behavior user_behaviour > events event | track analytics
visitor_numbers visitor_count number_of_visitors user_numbers audience_size daily_users monthly_users active_users > report users | visitors analytics active
visit_length time_on_page time_on_site length_of_a_visit > sessions duration | analytics report
country_of_the_visitors devices_of_the_visitors browsers_of_the_visitors > report dimensions | visitors analytics
steps_to_buying path_to_purchase conversion_path > funnel | conversion report
returning_users returning_visitors loyal_users > retention cohort | users
record_of_logins login_history sign_in_history who_came_in > logins audit sign in | events log
list_of_changes_made change_history_of_settings trail audit_records > audit log | events
usage_limit usage_limits request_limit call_limit rate_limits throttling > rate limit | quota usage
beat_signal heart_beat heartbeat sign_of_life still_alive_signal > heartbeat | check ping
`
