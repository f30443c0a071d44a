/**
 * Words for source code, reviews, issues, builds and releases, in the form of the idioms: what is said stands for what is meant, and the first word after
 * `>` decides what a query asks for. What is done is apart from what it is done to. Written from general knowledge of such APIs, never from the labelled
 * queries.
 */

/** What is done with source code and its changes. */
export const WHAT_IS_DONE_WITH_CODE = `
start_a_codebase begin_a_codebase set_up_a_repo place_for_my_code place_for_the_code home_for_my_code home_for_the_code somewhere_to_put_the_code host_my_code host_the_code > create repository | repo
own_copy_of_the_repo own_copy_of_the_code copy_someones_repo copy_someones_code copy_their_repo take_over_their_code work_on_someone_elses_code > fork create repository | forks
who_has_copied who_copied_the_repo copies_of_the_repo copies_of_my_repo > list forks | fork repository
make_the_repo_private make_the_repo_public hide_the_repo open_source_the_repo change_the_default_branch rename_the_repo call_the_repo change_the_settings_of_the_repo > update repository | visibility repo settings
throw_the_repo_away wipe_the_repo get_rid_of_the_repo bin_the_repo no_longer_need_the_repo > delete repository | repo
give_the_repo_to hand_the_repo_over hand_over_the_repo move_the_repo_to_another_owner new_owner_for_the_repo change_the_owner_of_the_repo > transfer repository | owner repo
which_repos_do_i_have what_repos_do_i_have my_code_projects my_projects_on_github > list repositories authenticated user | repos
repos_of_a_company repos_of_the_company repos_of_the_organization what_code_does_the_company > list repositories organization | repos org
put_a_file_in_the_repo put_a_file_into_the_repo save_a_file_in_the_repo write_a_file_to_the_repo change_a_file_in_the_repo edit_a_file_in_the_repo commit_a_change_to_a_file check_in_a_file > create update file contents | commit repository
take_a_file_out_of_the_repo remove_a_file_from_the_repo get_rid_of_a_file_in_the_repo > delete file contents | repository commit
read_a_file_in_the_repo read_a_file_from_the_repo what_is_in_the_file show_the_source see_the_source look_at_the_source look_at_the_code read_the_code view_the_code show_the_code > get content contents file | repository
what_files_are_in_the_repo files_of_the_repo whats_in_the_repo > get list contents tree | repository content
front_page_of_the_repo description_file introduction_of_the_repo what_does_the_project_do > get readme | repository
what_is_it_written_in what_languages_is_the_code written_in_which_language which_programming_languages > list languages | repository
who_wrote_the_code who_wrote_this_code who_worked_on_the_code who_worked_on_this_repo who_has_worked_on who_helped_with_the_code people_behind_the_code > list contributors | contributor repository
who_can_write_to_the_repo who_can_change_the_code who_may_change_the_code who_may_push who_is_allowed_to_push who_has_access_to_the_repo who_has_access_to_the_code people_with_access_to_the_repo > list collaborators | repository permission
let_someone_push let_a_colleague_push let_someone_into_the_repo let_someone_work_on_the_repo give_access_to_the_repo give_access_to_the_code give_push_access give_write_access_to_the_repo invite_to_the_repo share_the_repo_with > add collaborator | repository invite
take_away_push_access no_longer_push keep_out_of_the_repo remove_from_the_repo throw_out_of_the_repo lock_out_of_the_repo > remove collaborator | repository
what_may_someone_do_in_the_repo what_can_he_do_in_the_repo how_much_access_to_the_repo which_rights_in_the_repo > get collaborator permission level | repository
give_the_team_access give_a_team_access let_the_team_work_on let_a_team_work_on let_a_team_into_the_repo > add update team repository permissions | repo
take_the_repo_from_the_team no_longer_belongs_to_the_team take_access_from_a_team > remove repository team | repo
repos_of_the_team what_does_the_team_work_on which_repos_can_the_team > list team repositories | repos
which_teams_can teams_with_access which_teams_have_access > list teams | repository
off_the_team off_a_team out_of_the_team drop_from_the_team > remove membership member | team user
put_on_the_team onto_the_team add_to_the_team bring_into_the_team make_part_of_the_team > add membership member | team user
out_of_the_organization out_of_the_company_account off_the_organization > remove member membership | organization user
which_companies_am_i_in which_organizations_am_i what_organizations_do_i > list organizations authenticated user | memberships
what_was_committed what_has_been_committed what_did_people_commit latest_changes_to_the_code recent_changes_to_the_code last_changes_of_the_code what_changed_in_the_code history_of_the_code who_committed > list commits | repository
see_one_change_to_the_code what_did_this_commit_change what_did_the_commit_change what_is_in_the_commit look_at_a_commit > get commit | changes
how_far_apart_are how_do_two_branches_differ how_do_the_branches_differ two_branches_side_by_side what_is_different_between changes_between_two_versions ahead_or_behind > compare commits | diff branches
start_a_branch cut_a_branch branch_off new_line_of_development make_a_branch > create branch | ref
which_branches_are_there which_branches_exist what_branches > list branches | branch
drop_the_branch throw_the_branch_away delete_the_old_branch > delete branch ref | branches
protect_the_main_branch nobody_may_push_to forbid_pushing_to no_direct_pushes > update branch protection | protected
bring_one_branch_into put_one_branch_into_another combine_two_branches merge_two_branches join_two_branches > merge branch | branches
catch_up_with_main catch_up_with_the_main_branch bring_my_branch_up_to_date behind_main sync_with_upstream merge_main_into_my > update branch | pull request merge
put_my_changes_forward propose_my_code submit_my_changes submit_my_code hand_in_my_code ask_to_merge ask_for_my_changes_to_be_merged offer_my_changes send_in_my_changes make_a_pr raise_a_pr start_a_pr create_a_merge_request > create pull request | pulls merge
take_the_changes_in take_my_changes_in let_the_changes_in get_my_changes_in land_the_change land_my_change land_the_pr ship_the_pr squash_and_merge bring_the_pr_in accept_the_pr accept_the_pull_request > merge pull request | pulls
has_it_been_merged is_it_merged did_it_get_merged was_it_merged did_my_change_go_in have_my_changes_gone_in is_my_change_in already_in_main > check merged pull request | pulls
take_back_my_pr withdraw_my_pr drop_the_pr abandon_the_pr give_up_on_the_pr close_without_merging close_the_pr > update close pull request | pulls
changes_waiting_to_be_merged waiting_prs what_is_waiting_to_be_merged which_changes_are_open proposed_code_changes changes_people_propose > list pull requests | pulls open
which_files_does_the_pr what_did_the_pr_change what_does_the_pr_change what_does_the_pr_touch what_does_the_change_touch files_touched_by > list files pull request | changed pulls
look_over_my_code someone_to_look_at_my second_pair_of_eyes ask_a_colleague_to_look ask_someone_to_look ask_someone_to_check_my > request reviewers pull request | review
who_should_review who_has_to_review who_is_asked_to_review who_was_asked_to_review > list requested reviewers | pull request
no_longer_ask_to_review take_a_reviewer_off take_off_as_a_reviewer dont_ask_for_review > remove requested reviewers | pull request
say_the_code_is_good code_is_good code_looks_good approve_the_code approve_the_change approve_the_pr give_my_opinion_on_the_code judge_the_code ask_for_changes request_changes_on > create review pull request | approve submit
what_did_the_reviewers_say what_did_reviewers_think who_has_approved who_approved opinions_on_the_pr opinions_on_the_code verdicts > list reviews pull request | review
send_off_my_review hand_in_my_review finish_my_review publish_my_review > submit review | pull request pending
throw_my_review_away drop_my_review forget_my_review > delete pending review | pull request
ignore_the_review overrule_a_review no_longer_valid_review set_a_review_aside > dismiss review | pull request
remark_on_the_code remark_on_a_line comment_on_a_line note_on_a_line say_something_about_a_line > create review comment | pull request
answer_a_remark_on_the_code answer_the_reviewer reply_to_the_reviewer respond_to_the_reviewer > create reply review comment | pull request
changes_the_commit_came_from where_did_this_commit_come_from which_pr_brought > list pull requests associated commit | pulls
say_the_tests_passed mark_the_commit report_the_test_result tell_that_the_build_passed put_a_check_on_the_commit > create commit status | check
did_the_tests_pass are_the_tests_green did_the_checks_pass is_the_commit_green is_it_green did_ci_pass has_the_build_passed > list get commit statuses checks | status ref
something_is_broken_in_the_code found_a_bug i_found_a_bug there_is_a_bug report_a_bug report_a_problem report_a_defect write_up_a_bug tell_the_developers wish_for_a_feature ask_for_a_feature suggest_a_feature > create issue | issues
known_bugs list_of_bugs what_is_broken what_bugs which_bugs what_problems_are_open reported_problems bugs_people_reported > list issues | issue
bug_is_fixed bug_is_solved problem_is_fixed fixed_the_bug solved_the_bug close_the_bug done_with_the_bug > update close issue | state
bug_is_back bug_came_back not_fixed_after_all > update reopen issue | state
whose_bug_is_it give_the_bug who_should_fix who_fixes_this put_someone_on_the_bug someone_to_fix > add assignees issue | assign
take_someone_off_the_bug no_longer_responsible_for_the_bug > remove assignees issue | unassign
who_can_take_a_bug who_can_be_assigned who_could_take people_i_can_assign > list assignees | issue
what_do_people_say_about_the_bug talk_about_the_bug discussion_of_the_bug what_was_said_about_the_bug > list comments issue | comment
say_something_on_the_bug say_something_on_the_issue write_under_the_issue write_under_the_bug answer_on_the_issue leave_a_reply_on > create comment issue | comments
sort_the_bugs mark_the_bug_as mark_the_issue_as put_a_tag_on_the_issue put_a_tag_on_the_bug > add labels issue | label
take_the_tag_off take_a_tag_off take_the_mark_off > remove label | issue tag
take_off_all_labels strip_the_labels clear_the_labels no_labels_at_all without_any_labels > remove all labels | issue
change_the_colour_of_a_label change_the_color_of_a_label rename_a_label > update label | name color
heated_discussion stop_people_commenting stop_the_comments close_the_discussion cool_down_the_discussion nobody_may_comment no_one_may_comment freeze_the_discussion freeze_the_conversation > lock issue | conversation
plan_a_version goal_for_a_version goal_for_a_release set_a_date_for_the_release target_for_a_release > create milestone | due
how_far_is_the_version progress_towards_the_release how_much_is_left_until_the_release > get milestone | issues progress
start_the_build start_a_build kick_off_a_build build_by_hand run_the_pipeline start_the_pipeline trigger_the_pipeline kick_off_the_pipeline run_the_workflow_by_hand start_a_workflow run_ci start_ci > create workflow dispatch run | trigger pipeline build
build_again run_the_build_again run_the_tests_again try_the_build_again restart_the_build restart_the_pipeline kick_the_pipeline_again > rerun workflow run | run pipeline retry
only_what_failed just_what_failed run_the_failed_ones run_failed_jobs_again only_the_failed try_the_failed > rerun failed jobs | run workflow
one_step_again one_job_again single_job_again > rerun job | workflow run
stop_the_build stop_the_pipeline abort_the_build kill_the_build kill_the_pipeline stop_the_run build_hangs pipeline_hangs > cancel workflow run | pipeline build
allow_the_build_to_run let_the_workflow_run let_a_strangers_code_run first_time_contributor > approve workflow run | fork
what_has_been_built latest_builds last_builds recent_builds what_builds_ran what_has_ci_done history_of_the_builds history_of_the_pipeline which_pipelines_ran > list workflow runs | pipeline builds
why_did_the_build_fail why_is_the_build_red why_did_ci_fail why_did_the_tests_fail why_is_the_pipeline_red what_went_wrong_in_the_build see_what_the_build_printed output_of_the_build read_the_build_output what_does_the_build_say > download logs workflow run | job log
clean_up_the_build_logs throw_build_logs_away remove_old_logs > delete logs workflow run | log
remove_a_build_from_the_list forget_a_build clean_up_old_runs clean_up_old_builds > delete workflow run | build
get_what_was_built fetch_the_build_result get_the_binaries get_the_built_files download_the_build download_the_binary > download artifact | artifacts
what_did_the_build_produce what_came_out_of_the_build files_from_the_build > list artifacts | artifact
password_for_the_build key_for_the_build secret_for_the_pipeline store_a_token_for_ci give_ci_a_password > create update secret | actions secrets
which_secrets_does_the_repo which_passwords_does_the_build names_of_the_secrets > list secrets | repository
bring_out_a_version bring_out_a_new_version put_out_a_version put_out_a_release publish_a_version publish_a_new_version make_a_release cut_a_release announce_a_version announce_a_new_version > create release | publish
newest_release what_is_the_newest_version which_version_is_current which_version_is_the_latest current_version_of_the_software what_was_released_last > get latest release | releases
change_the_release_notes correct_the_release_notes edit_what_is_new > update release | notes
past_releases older_releases all_versions_that_were_published which_versions_were_released > list releases | release tags
marked_points_in_history marked_versions version_tags > list tags | tag
call_my_server_when_code code_is_pushed when_someone_pushes on_every_push tell_my_server_about_pushes tell_us_when_someone_pushes > create webhook | hook push
who_is_told_about_pushes which_servers_are_called > list webhooks | hooks
share_a_piece_of_code share_a_snippet save_a_piece_of_code save_a_snippet post_a_piece_of_code paste_some_code little_piece_of_code > create gist snippet | paste
like_a_repo give_the_repo_a_star keep_the_repo remember_the_repo mark_the_repo_as_a_favourite bookmark_the_repo > star repository | starred
no_longer_like_the_repo take_my_star_back take_back_my_star take_the_star_off > unstar repository | star
repos_i_like repos_i_marked what_have_i_starred which_repos_did_i_star > list repositories starred authenticated user | stars
who_gets_news_of_the_repo who_gets_notified_of_the_repo who_follows_the_repo who_keeps_an_eye_on_the_repo > list watchers | subscribers repository
repos_i_get_news_of what_am_i_watching which_repos_do_i_watch repos_i_keep_an_eye_on > list watched repositories authenticated user | subscriptions
whats_new_for_me what_is_new_for_me news_for_me what_needs_my_attention anything_for_me anything_new_for_me what_happened_while_i_was_away > list notifications | authenticated user inbox
seen_everything ive_seen_it_all i_have_seen_it_all nothing_new clear_my_notifications clear_the_bell > mark notifications read | notification
keep_a_troll_away keep_away_a_troll never_hear_from never_want_to_hear_from keep_someone_from_contacting dont_let_someone > block user | users
who_have_we_blocked whom_did_i_block people_i_have_blocked > list blocked users | block
who_reads_what_i_do who_keeps_up_with_me people_who_follow_me my_fans > list followers authenticated user | follow
whose_work_do_i_follow people_i_keep_up_with whom_do_i_follow who_do_i_follow > list following followed authenticated user | follow
how_many_people_look_at_the_repo how_popular_is_the_repo how_many_visit_the_repo visitors_of_the_repo > get views traffic | repository clones
what_is_the_repo_about subjects_of_the_repo keywords_of_the_repo tags_of_the_repo > get topics | repository
set_the_subjects_of_the_repo change_the_keywords_of_the_repo > replace topics | repository
find_code_that where_in_the_code where_is_it_used_in_the_code who_uses_this_function look_for_a_function find_a_function look_through_all_code look_through_the_code > search code | repository
find_a_project_on find_repos_about find_repositories_about look_for_a_library find_a_library find_projects_about > search repositories | repos
find_a_developer look_for_a_developer find_people_on find_someone_on > search users | user
`

/** What outsiders call the things of source code. */
export const THINGS_OF_CODE = `
code_repository source_repository git_repository code_base source_base code_store version_control source_control > repository | repo
piece_of_code bit_of_code code_fragment code_example > gist snippet | code
copied_repo derived_repo offshoot spin_off > fork | repository
line_of_development side_branch feature_branch topic_branch working_branch > branch | ref
main_branch master_branch default_branch_of > branch | default repository
code_change_request patch_request contribution contributions suggested_change suggested_code > pull request | pulls
saved_change saved_changes checked_in_change revision_of_the_code > commit | commits
commit_message commit_text > commit | message
person_who_reviews code_reviewer code_reviewers > requested reviewers | review pull
opinion_of_a_reviewer verdict_of_a_reviewer > review | pull request
remarks_on_the_code comments_on_the_code comments_in_the_code notes_on_the_code line_comments inline_comments > review comments | pull request
bug_report bug_reports problem_report error_reports_from_users bug_list bug_tracker issue_tracker > issues issue | bug
feature_wish feature_wishes feature_ideas > issues | issue
kind_of_issue issue_kind coloured_tag colored_tag coloured_tags > label | labels issue
version_goal release_goal release_target release_targets > milestone | milestones
automatic_build automatic_builds automated_build continuous_integration build_server build_system build_job build_jobs > workflow run | actions job
test_results results_of_the_tests result_of_the_tests test_result > checks status | workflow run
build_results build_products build_files compiled_program compiled_files binaries installer executable > artifact | artifacts release asset
pipeline_password build_secret ci_secret ci_variable pipeline_variable > secret variable | actions
self_hosted_machine_for_builds build_machine build_agent build_runner runners > runner | runners actions
published_version published_program finished_version software_version shipped_version > release | releases
download_of_a_release files_of_a_release installers > release assets | asset
what_is_new_in_the_version whats_new_in_the_version whats_new_in_the_release > get release | notes latest
people_who_wrote people_who_contribute helpers_on_the_code code_authors > contributors | contributor
people_with_push_access people_with_write_access fellow_developers co_developers > collaborators | collaborator
people_in_the_company_account people_in_the_organization people_of_the_organization > members | organization
code_team developer_team dev_team > team | teams organization
push_notification_to_a_server outgoing_call_to_a_server http_callback > webhook | hook
short_reference issue_links shortcut_for_links > autolinks | references
public_key_for_pushing deploy_key key_for_deploys > deploy key | keys
project_site project_website > pages | site
dependency_alerts security_hole security_holes vulnerable_packages vulnerabilities vulnerability weak_spots leaked_password leaked_secret > alerts security advisories | scanning dependabot
packages_of_the_project libraries_of_the_project package_registry > packages | package
changes_of_the_code code_history git_history git_log > commits | history
sourcecode source_text program_text > content file | code
`
