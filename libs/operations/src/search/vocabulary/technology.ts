/**
 * Words for source code, servers, networks, data and devices. `said > meant | related` stands for one direction, a line without `>` for both.
 * Written from general knowledge of APIs, never from the labelled queries.
 */
export const TECHNOLOGY = `
bug defect glitch problem something_broken flaw > issue | ticket bug
feature_request wish idea suggestion > issue | request
pr mr merge_request patch_set proposed_change > pull pull_request | merge
changes_in_the_pr touched_files files_changed changed_files > files list | pull changes
code_review review_comment comment_on_the_code comment_on_line line_of_the_diff > review comment | pull
reviewer someone_to_review > reviewers request | review pull
conflict conflicts > merge conflict
mainline trunk default_branch > branch main
blame who_wrote_this_line > blame commit | author
cherry_pick backport > cherrypick commit
squash rebase > merge update branch
tagging version_tag > tag release
changelog release_notes whats_in_the_release new_version newest_version latest_version > release latest | notes
push_code write_access commit_rights push_rights push_access > collaborator permission | access push
maintainer committer people_who_can_push who_can_push > collaborators contributors list | permission
readme documentation_page front_page > readme | content
programming_language written_in what_languages > languages list
source source_file file_in_the_repo file_contents > content contents file | get
commit_a_file change_a_file edit_a_file commit_a_change > create update file contents | commit
build broken_build red_build failing_build build_failed ci_failed tests_failed pipeline_failed > run workflow build | failed job logs
rebuild run_the_tests kick_the_build > rerun run workflow build | trigger
build_output binary built_files build_result > artifact download
build_log build_logs why_is_it_red > logs run | download
env_var environment_variable config_var > variable secret config | environment
hook callback_url call_me_back notify_my_server call_my_url post_to_my_url > webhook hook endpoint | create
callbacks > webhooks endpoints
code_search grep > search code
snippet paste_bin pastebin > gist snippet
wiki_page docs_page > page wiki
kanban trello swimlane > board column | list card
backlog_item user_story story_points > issue story | backlog
sprint_planning current_sprint > sprint
todo to_dos to_do_list chore errand things_to_do > task | list item
action_point action_item follow_up_item > task | create
smaller_tasks part_of_a_task child_task smaller_ones subtasks > subtask | task
due deadline when_is_it_due > due date | task
blocked_by depends_on waits_for > dependency
box machine computer vm host virtual_machine ec2 compute_instance rented_server server > server instance droplet | node machine
machines computers hosts boxes > nodes servers instances droplets | list
cores cpu_count ram memory_size machine_types kinds_of_machines machine_sizes how_big_can_machines > sizes types flavors | size
data_center datacenter where_can_i_host availability_zone frankfurt london amsterdam new_york singapore > region location | zone
hard_disk harddisk disk_drive ssd extra_disk block_device > volume disk | storage
bucket object_store s3 blob_store > bucket object | storage
disk_image machine_image iso golden_image ami > image snapshot
snapshot_of point_in_time recovery_point > snapshot backup
static_ip floating_ip fixed_ip elastic_ip public_ip > reserved ip address | floating
subnet private_network lan virtual_network vlan > network vpc subnet
port open_ports traffic_rule block_traffic allow_traffic inbound outbound > rule firewall | security_group port
balancer traffic_spreader > load balancer
www subdomain a_record cname mx_record txt_record nameserver name_server > record dns domain
site_name web_address hostname host_name > domain dns | hostname
https ssl padlock encryption_certificate letsencrypt > certificate tls
cached cached_files cached_pages stale_files edge_cache > cache purge | cdn
website site homepage web_page > site page domain | app
web_app backend frontend program service > app service application | deployment
rollout release_to_production new_build put_a_build > deployment release | deploy
last_deploy last_release previous_deploy > deployment | rollback
crash crashing crashloop keeps_restarting oom > logs status events | pod error
container docker_container running_container > container pod
docker_image container_image image_repository > image registry repository | tag
helm chart_install > chart release
copies instances_of_the_app number_of_copies > replicas scale
nightly_job nightly scheduled_task background_job batch recurring_task > cronjob job schedule | cron
one_off_job one_time_job > job create
env_secret password_for_the_app api_secret sensitive_value > secret
settings_file config_file app_config > configmap config configuration | settings
exposed expose route_traffic public_url_for_app > ingress service route
kubectl kube_config cluster_access > kubeconfig credentials | cluster
worker_machines worker_nodes > nodes node_pool | list
throw_pods_off drain_a_node empty_the_node > evict drain eviction | node pod
autoscale scale_by_itself grow_by_itself > autoscaler autoscaling | scale
too_high too_much too_hot threshold exceeds goes_over > alert policy threshold | monitor alarm
cpu ram_usage load memory_usage disk_usage > metric metrics usage | monitoring alert
uptime downtime outage is_down went_down site_is_down > incident uptime status | check
pager page_someone wake_someone > incident alert | page oncall
ack acknowledge i_am_on_it > acknowledge incident | update
post_mortem retrospective > postmortem incident
trace span slow_requests > trace
stack_trace exception error_report crash_report > error event issue | exception
db sql_database postgres mysql mongo > database cluster | db
sql run_sql sql_query select_from > query execute | database
table_rows records_in rows_where rows_in look_through_the_table > query rows records list | database table
add_a_row new_row > insert record row create | append item
add_column new_field > create column field property | update schema
read_copy read_replica standby secondary > replica
main_database make_it_the_main failover > promote failover | primary replica
db_user database_login > user database
reindex index_rebuild > index
queue_up put_on_the_queue enqueue line_up_next > queue add publish
message_bus topic kafka rabbit pubsub > topic message queue | publish
dead_letter stuck_messages > queue messages
lambda cloud_function serverless_function > function invoke
cost_of_the_cloud cloud_bill what_the_cloud_costs aws_bill > billing invoice balance cost | history usage
password passwd pass_phrase > password | credential secret reset
two_factor 2fa mfa authenticator_app otp one_time_code > mfa factor otp | verify authentication
api_key access_key api_token > key token | create credential
public_key ssh_key keypair > ssh key
sso single_sign_on saml okta_login > sso identity provider | connection
permission_level what_may_he_do rights access_rights > permission role | policy
log_of_who_did audit_trail who_did_what > audit log events | activity
session_list where_am_i_logged_in signed_in_devices > sessions devices | list
gadget sensor thermostat lamp bulb light_bulb smart_plug > device light | state
lights_on lights_off dim_the_lights brightness > light state turn set | device
heating warmer colder too_cold too_warm > thermostat temperature set | climate
camera cctv doorbell > camera | stream image snapshot
robot_vacuum hoover > vacuum start
front_door door_lock > lock unlock | door
firmware update_the_device over_the_air > firmware update | device
battery charge_level > battery status | device
where_is_the_car vehicle car > vehicle location | device
folder directory dir > folder directory
inside_the_folder whats_in_the_folder contents_of_the_folder > list folder children directory | files
new_folder make_a_folder mkdir > create folder directory mkdir
rm unlink > delete remove
mv > move rename
cp > copy
ls dir_listing > list directory files
cat > read file
touch > create file
chmod chown > permissions set
zip_it tarball archive_file > archive compress
grep_for search_in_files find_text > search files content | grep
terminal console command_line shell bash > exec execute shell command | run
kill_the_process hung_process > process kill terminate
screenshot screen_shot screen_capture > screenshot capture
copy_paste clipboard > clipboard
chatbot assistant ai gpt claude llm > agent assistant completion | chat model message
ask_the_model ask_the_ai talk_to_the_ai > chat completion message create | generate
image_from_text draw_me make_a_picture picture_of > image generate create
text_from_a_picture read_the_text_in text_in_image scan_a_document recognise_text ocr > ocr text detect extract | image annotate vision
what_is_in_the_picture recognise_objects faces_in > detect labels image | annotate vision face
meaning_vectors embeddings similar_texts > embedding | vector search
speech_to_text write_down_what_is_said voice_to_text > transcribe transcription speech
text_to_speech voice_over > speech synthesize
mood tone positive_or_negative > sentiment analyze
knowledge memory_of_the_agent remember_this > memory store | create
internet web online > public ingress | domain url
standby secondary fallback > replica
visitors visits guests > traffic users | views
several_machines many_machines > load_balancer | droplets
internet_facing > ingress public
lan intranet > vpc network
codebase code_base > repo repository | code
pipeline > workflow run pipeline
squad > team
columns lanes > sections columns | list
lines > numbers | list
entries_of entries_in rows_of > query database | rows entries
isolate isolated separate_from > vpc network | private
`
