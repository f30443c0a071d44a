/**
 * Words for rented machines, disks, networks, names, certificates, containers and clusters, in the form of the idioms. What is done is apart from what it
 * is done to. Written from general knowledge of such APIs, never from the labelled queries.
 */

/** What is done with machines, networks and containers. */
export const WHAT_IS_DONE_WITH_MACHINES = `
rent_a_machine rent_a_box rent_a_server need_a_machine need_a_server buy_a_server put_up_a_server bring_up_a_machine stand_up_a_box fire_up_a_box give_me_a_machine give_me_a_server one_more_server add_a_server launch_a_machine launch_an_instance start_a_vm > create server instance droplet | vm machine
throw_the_machine_away give_the_machine_back hand_back_the_machine stop_paying_for_the_machine get_rid_of_the_server scrap_the_server tear_the_box_down shut_a_machine_down_for_good delete_the_box kill_the_box decommission_the_server > destroy delete droplet server instance | machine
all_machines_with_a_tag all_machines_with_the_tag every_machine_marked machines_marked_with servers_tagged machines_labelled > droplets tag | servers instances
which_machines_do_we_have what_machines_do_we_have what_servers_do_we_run what_is_running_in_the_cloud which_boxes_are_up list_of_our_servers > list servers instances droplets | machines
how_is_the_machine_doing is_the_machine_up is_the_server_up state_of_the_server details_of_the_server tell_me_about_the_server look_up_the_machine > get server instance droplet | status
switch_the_machine_off turn_the_machine_off turn_the_server_off power_the_machine_down machine_should_sleep > power off shutdown droplet action | server instance stop
switch_the_machine_on turn_the_machine_on turn_the_server_on power_the_machine_up wake_the_machine > power on start droplet action | server instance
machine_hangs server_hangs server_is_frozen machine_is_frozen machine_does_not_respond server_does_not_respond restart_the_box bounce_the_server give_the_server_a_kick > reboot power cycle action droplet | restart server instance
give_the_machine_more bigger_machine bigger_server smaller_machine smaller_server more_memory more_ram more_cpu more_power machine_is_too_small server_is_too_small > resize droplet action | server instance size
set_the_machine_up_anew start_the_machine_from_scratch reinstall_the_machine reinstall_the_server new_system_on_the_machine > rebuild droplet action | server image
freeze_the_state_of_the_machine picture_of_the_machine keep_the_state_of_the_server save_the_state_of_the_machine copy_the_whole_machine > snapshot droplet action | server image create
what_copies_of_the_machine saved_states_of_the_machine copies_of_the_server frozen_copies > list snapshots backups droplet | images
machine_back_to_yesterday put_the_machine_back get_the_machine_back > restore droplet action backup | snapshot
what_else_would_be_deleted what_belongs_to_the_machine > get associated resources droplet | destroy status
what_sizes_of_machines how_big_can_a_machine what_machines_can_i_rent which_machines_can_i_rent what_does_a_server_cost prices_of_machines > list sizes | types plans
where_can_a_machine where_can_my_server where_can_i_put_a_server where_are_your_machines which_places_can > list regions | locations zones
make_my_own_system bring_my_own_system upload_my_own_system bring_my_own_image own_disk_image > create custom image | import upload
change_the_name_of_an_image call_the_image > update image | rename
more_disk more_disk_space another_disk an_extra_disk add_a_disk add_disk_space running_out_of_disk buy_a_disk > create volume | disk storage block
plug_the_disk_in hang_the_disk put_the_disk_on mount_the_disk connect_the_disk > attach volume | action disk
pull_the_disk_out unplug_the_disk take_the_disk_off > detach volume | action disk
throw_the_disk_away drop_the_disk get_rid_of_the_disk > delete volume | disk
log_in_without_a_password key_for_logging_in let_me_log_in_to_the_machine my_key_on_the_machine put_my_key register_my_key > create ssh key | keys add
who_can_log_in_to_the_machine which_keys_are_known keys_we_registered > list ssh keys | key
throw_out_a_key old_laptop_key no_longer_accept_the_key lost_my_laptop > delete ssh key | keys
keep_intruders_out keep_hackers_out wall_around protect_the_machine protect_the_server shield_the_server close_the_machine_to only_let_in let_only > create firewall | rules
let_traffic_in let_people_connect allow_a_port open_a_port open_the_port let_web_traffic_in allow_https allow_ssh let_in_on_port > add rules firewall | rule inbound
shut_a_port close_a_port close_the_port no_longer_allow_traffic take_the_rule_out stop_letting_traffic > delete remove rules firewall | rule
put_the_machine_behind_the_firewall machine_behind_the_firewall protect_these_machines cover_the_machine guard_the_machine > add assign droplets firewall | servers
take_the_machine_out_from_behind no_longer_protect > remove delete droplets firewall | servers
let_only_these_addresses_reach_the_database who_may_reach_the_database who_can_reach_the_database who_may_connect_to_the_database addresses_that_may_connect > list update firewall rules database | trusted sources
share_the_visitors share_requests_between spread_the_requests spread_visitors_over spread_the_work_over traffic_over_several balance_the_load balance_the_traffic in_front_of_the_servers > create load balancer | loadbalancers
put_a_machine_behind_the_balancer another_machine_behind_the_balancer add_a_machine_to_the_balancer machine_should_get_traffic > add droplets load balancer | servers targets
take_a_machine_from_behind_the_balancer machine_should_get_no_traffic take_out_of_rotation out_of_rotation out_of_the_rotation > remove droplets load balancer | servers targets
where_the_balancer_sends which_port_goes_where send_port > add forwarding rules load balancer | rule
address_that_does_not_change address_that_never_changes keep_the_same_address fixed_address an_address_to_keep own_address > create reserved ip | floating static address
give_the_address_to_another_machine point_the_address_at move_the_address > assign action reserved ip | floating droplet
give_up_the_address give_the_address_back let_go_of_the_address hand_back_the_address > delete release reserved ip | floating address
let_machines_talk_privately machines_talk_to_each_other private_net network_of_our_own own_network machines_among_themselves keep_the_traffic_inside > create vpc network | private
what_is_in_the_network who_is_in_the_network which_machines_are_in_the_network > list members vpc | network resources
connect_two_networks join_two_networks link_two_networks > create peering | vpc network
connect_from_home secure_tunnel reach_the_office_network > vpn connection | tunnel
we_bought_a_name we_bought_a_domain bought_a_web_address got_a_new_domain put_the_domain_under bring_the_domain_here > create domain | zone dns
which_names_do_we_own which_domains_do_we_have what_web_addresses_do_we names_we_have_registered > list domains | zones
is_the_name_taken is_the_domain_taken is_the_domain_free is_the_name_still_free can_i_buy_the_domain > check availability domain | domains
give_up_the_domain no_longer_need_the_domain let_the_domain_go > delete domain | zone
send_visitors_of_the_name_to name_should_lead_to where_should_the_name_point point_the_name point_a_domain point_a_subdomain make_www_go aim_the_domain hook_up_the_domain address_for_the_website > create record domain dns | records
where_does_the_name_lead where_does_the_domain_point what_does_the_domain_point what_does_the_name_resolve_to entries_of_the_domain dns_entries > list records domain | dns record
where_mail_for_the_domain mail_for_our_domain mail_server_for_the_domain > create record mx domain | dns
point_the_name_elsewhere change_where_the_name change_where_the_domain point_it_somewhere_else send_the_name_to_another > update patch record domain | dns
take_the_entry_out_of_the_domain remove_a_subdomain take_down_the_subdomain > delete record domain | dns
get_a_padlock little_lock browser_says_not_secure make_the_site_secure make_it_https switch_to_https encrypt_the_site safe_connection secure_connection > create certificate | ssl tls
when_does_the_certificate certificate_runs_out certificate_is_about_to is_the_certificate_still_good expires_soon > get list certificate certificates | expiry ssl
throw_the_certificate_away old_certificate > delete certificate | certificates
bring_files_closer closer_to_the_visitors make_the_site_faster serve_files_from_nearby load_faster faster_loading pictures_load_slowly > create cdn endpoint | cache
visitors_see_the_old_version still_see_the_old old_version_is_still_shown throw_away_cached forget_cached stale_pages flush_the_cached clear_the_cached empty_the_cache clean_the_cache > purge cache cdn | flush invalidate
put_the_app_online put_my_app_online get_my_app_online put_my_site_online host_my_app host_my_site host_a_website run_my_app bring_my_app_to_the_cloud make_my_app_available > create app | deploy site
bring_out_the_app put_the_new_version_online put_the_new_code_online get_the_changes_live push_it_live release_the_app ship_the_app ship_the_new_version deploy_again redeploy > create deployment | app deploy
bring_the_old_version_back back_to_the_old_version return_to_the_previous go_back_to_the_previous go_back_to_the_last_version last_deploy_broke new_version_is_broken undo_the_deploy undo_the_release take_back_the_deploy > rollback deployment | create app revert
stop_the_deploy halt_the_deploy stop_the_rollout halt_the_rollout abort_the_deploy > cancel deployment | app
what_was_deployed when_did_we_deploy when_was_it_deployed which_version_is_live what_is_live past_deploys earlier_deploys deploy_history > list deployments | app deployment
how_is_the_deploy is_the_deploy_done did_the_deploy_work did_the_deploy_succeed is_the_rollout_done has_it_been_deployed > get deployment status | rollout
change_how_the_app_runs change_the_settings_of_the_app > update app | spec config
take_the_app_offline take_the_site_offline take_my_site_down take_the_app_down remove_my_app > delete app | site
what_does_the_app_say what_does_the_app_print what_does_the_app_write what_did_the_app_say why_does_the_app_crash app_keeps_crashing see_what_the_app > get logs app | log
temporary_environment copy_of_production_to_try place_to_try try_it_out_before preview_of_the_change > create environment | preview deployment
which_resources_belong what_is_in_the_project what_belongs_to_the_project everything_in_the_project > list resources project | projects
put_the_machine_in_a_project sort_into_a_project group_the_resources move_the_server_to_a_project > assign resources project | projects
mark_the_machine put_a_tag_on_the_machine tag_the_server tag_the_machine label_the_server > assign tag resources | tags droplets
take_the_tag_off_the_machine untag_the_server no_longer_tagged > unassign untag tag resources | remove tags
what_do_we_pay_for_the_cloud what_does_the_cloud_cost what_did_the_cloud_cost cloud_costs cost_of_our_servers server_costs how_much_is_the_cloud what_do_i_pay_for_hosting > list billing history invoices | balance cost
bring_up_a_cluster start_a_cluster set_up_a_cluster make_a_cluster > create cluster | kubernetes
tear_down_the_cluster throw_the_cluster_away get_rid_of_the_cluster > delete destroy cluster | kubernetes
newer_version_of_the_cluster newer_kubernetes bring_the_cluster_up_to_date > upgrade cluster | kubernetes version
log_in_to_the_cluster connect_to_the_cluster get_into_the_cluster file_for_kubectl access_file reach_the_cluster > get kubeconfig | credentials cluster
more_machines_in_the_cluster add_machines_to_the_cluster more_workers make_the_cluster_bigger grow_the_cluster another_group_of_machines > add create node pool | cluster nodepool
fewer_machines_in_the_cluster make_the_cluster_smaller take_machines_out_of_the_cluster > update delete node pool | cluster
which_machines_are_in_the_cluster machines_of_the_cluster workers_of_the_cluster what_is_the_cluster_made_of > list nodes | node pools cluster
take_a_machine_out_of_the_cluster machine_out_of_the_cluster remove_a_worker > delete node | cluster
no_new_work_on_the_machine nothing_new_on_the_machine keep_new_pods_off > patch node cordon | unschedulable
move_everything_off push_the_pods_off throw_the_pod_off make_the_pod_go_elsewhere get_a_pod_off > evict eviction pod | drain node create
run_a_container run_a_program_in_the_cluster put_a_container > create pod | container
what_runs_in_the_cluster what_is_running_in_the_cluster which_pods which_containers_run which_containers_are_up what_is_up_in_the_namespace > list pods pod | containers namespaced
is_the_pod_alive is_the_pod_healthy why_is_the_pod what_is_wrong_with_the_pod state_of_the_pod > read get pod | status
kill_the_pod throw_the_pod_away get_rid_of_a_pod > delete pod | container stop
what_does_the_container_print what_does_the_container_say what_did_the_container what_the_pod_prints what_does_the_pod_say output_of_the_container output_of_the_pod messages_of_the_pod > read log pod | logs container
get_into_the_pod get_inside_the_container go_into_the_container step_into_the_container run_something_in_the_container run_something_inside run_a_command_inside run_a_command_in_the open_a_shell_in shell_in_the_container > connect exec pod | container execute
more_copies_of_the_app run_more_copies add_more_copies three_copies five_copies ten_copies how_many_copies_should fewer_copies run_fewer_copies more_instances_of grow_the_number_of > replace patch scale deployment | replicas update
how_many_copies_run how_many_copies_are how_many_instances_run number_of_copies > read get scale deployment | replicas
grow_when_busy grow_when_it_is_busy more_copies_when_busy grow_with_the_traffic scale_with_the_traffic scale_up_when adapt_to_the_load follow_the_load > create horizontal pod autoscaler | autoscaling
stop_growing_by_itself no_longer_scale_by_itself turn_off_scaling > delete autoscaler | horizontal pod
put_a_program_in_the_cluster run_the_app_in_the_cluster bring_the_app_into_the_cluster > create deployment | namespaced
use_a_newer_image change_the_image_of run_the_newer_image newer_image_in_the_cluster > patch deployment | image update
run_it_once_in_the_cluster run_something_once one_off_task_in_the_cluster run_to_completion > create job | batch
run_it_every_night run_it_every_hour run_every_night_in_the_cluster something_that_runs_every do_something_every_night do_something_every_hour regularly_run run_regularly > create cron job | cronjob schedule
change_when_the_job_runs run_the_job_at_another_time other_time_for_the_job stop_the_nightly_job pause_the_nightly > patch update cron job | cronjob schedule
which_jobs_run_regularly what_runs_every_night what_runs_at_night which_jobs_are_scheduled > list cron jobs | cronjob
is_the_job_done did_the_job_finish has_the_job_finished how_did_the_job_end > read get job | status
let_visitors_reach_the_app make_the_app_reachable reach_the_app_from_outside open_the_app_to_the_world from_the_internet_to_the_app web_traffic_to_the_app route_visitors > create ingress | expose service
which_address_leads_to_which_app where_does_web_traffic_go which_hosts_lead > list read ingress | rules
let_apps_find_each_other stable_name_for_the_app inside_address_for_the_app inner_address_of_the_app name_inside_the_cluster > create service | namespaced
give_the_app_its_settings settings_for_the_program store_settings_in_the_cluster keep_the_settings_apart > create config map | configmap
what_settings_does_the_app settings_of_the_program which_settings_are_in_the_cluster > read list config map | configmap
change_a_setting_of_the_app change_the_settings_in_the_cluster > patch config map | configmap update
keep_a_password_in_the_cluster store_a_password_in_the_cluster give_the_app_a_password hide_a_password_in > create secret | namespaced
change_the_password_in_the_cluster new_password_for_the_app > patch secret | namespaced update
room_of_our_own_in_the_cluster separate_part_of_the_cluster corner_of_the_cluster own_area_in_the_cluster separate_the_teams_in > create namespace | cluster
throw_everything_in_the_namespace_away clear_out_the_namespace > delete namespace | cluster
place_for_our_images somewhere_for_our_images store_our_images keep_our_images private_image_store > create registry | container repository
clean_up_old_images throw_old_images_away remove_old_images delete_an_old_image > delete tag registry repository | image manifest
take_up_less_room_in_the_registry free_space_in_the_registry > garbage collection registry | run
run_code_without_a_server without_a_server without_servers small_piece_of_code_in_the_cloud > create function | serverless namespace
call_the_function run_the_function > invoke function | execute
which_buckets where_are_our_files_in_the_cloud > list buckets | bucket
place_for_big_files somewhere_to_store_files store_lots_of_files > create bucket | storage
put_it_in_the_bucket put_a_file_in_the_bucket > put upload object | bucket
what_is_in_the_bucket files_in_the_bucket > list objects | bucket
get_it_from_the_bucket out_of_the_bucket > get download object | bucket
link_that_works_for_an_hour link_that_expires link_for_a_while temporary_link link_for_a_limited_time link_that_stops_working > presign url object | signed temporary create
`

/** What outsiders call the things of machines, networks and containers. */
export const THINGS_OF_MACHINES = `
rented_machine rented_machines rented_computer rented_box cloud_machine cloud_machines cloud_computer cloud_server cloud_servers virtual_server virtual_servers virtual_computer virtual_private_server virtual_box remote_machine remote_computer > droplet server instance | vm droplets servers
bare_metal dedicated_server dedicated_machine physical_server real_machine > server bare metal | dedicated
size_of_the_machine machine_type machine_types kinds_of_machines kinds_of_servers instance_type instance_types server_type server_types > sizes size type | plans flavors
data_centre data_centres server_farm place_of_the_server > region regions | datacenter location zone
operating_system linux_version linux_system distribution system_image base_image > image images | os distribution
disk_for_a_machine extra_storage additional_disk additional_storage data_disk disk_volume network_disk external_disk > volume volumes | block storage disk
login_key login_keys public_key_of key_pair key_pairs > ssh key keys | keypair
safety_wall network_filter port_rules allowed_ports open_ports_of which_ports_are_open > firewall firewalls | rules
traffic_director request_spreader reverse_proxy > load balancer | balancers
health_probe health_check_of_the_balancer > health check | load balancer
own_ip dedicated_ip permanent_ip lasting_address kept_address > reserved ip | ips floating static
network_of_machines internal_net inner_network closed_net > vpc network | vpcs
web_name internet_name website_name internet_address site_address > domain domains | dns
zone_file name_entry name_entries dns_entry dns_setting dns_settings domain_entry > record records | dns domain
mail_entry mail_exchanger > record mx | domain
web_certificate server_certificate security_certificate encryption_key_of_the_site > certificate certificates | ssl tls
delivery_network content_delivery content_network edge_network edge_location > cdn endpoint | endpoints
copy_in_the_cache kept_pages kept_copies > cache | cdn purge
hosted_app hosted_application my_application web_project > app apps | application
release_of_the_app live_version release_history > deployment deployments | app
container_cluster cluster_of_containers group_of_machines machine_cluster > cluster clusters | kubernetes
worker_pool pool_of_workers group_of_nodes machine_pool pool_of_machines > node pool | nodepool pools
cluster_machine cluster_machines worker_machine worker_node machine_in_the_cluster > node nodes | cluster
running_program_in_the_cluster container_group smallest_unit running_unit > pod pods | container
console_output printed_output printed_text > log logs | output
copies_of_the_app number_of_instances instance_count copy_count > replicas scale | deployment
automatic_growth self_scaling elastic_scaling automatic_scaler > autoscaler horizontal pod | autoscaling
repeating_job repeating_jobs nightly_task nightly_tasks timed_job timed_jobs timer_job clockwork > cron job | cronjob cronjobs
one_time_task one_off_task single_task_run > job jobs | batch
way_in_from_outside entrance_for_traffic web_entrance traffic_rule_for_hosts front_door_of_the_cluster > ingress | ingresses
settings_map key_value_settings program_settings application_settings > config map | configmap configmaps
password_store_of_the_cluster hidden_values sensitive_values sensitive_data secret_values > secret secrets | namespaced
separate_area area_of_the_cluster part_of_the_cluster > namespace namespaces | cluster
image_store image_registry docker_registry image_shelf container_images > registry repository | tags
image_version image_versions versions_of_an_image > tag tags repository | registry
file_bucket file_container object_bucket storage_bucket cloud_storage object_store > bucket object | buckets storage
bill_for_the_cloud hosting_invoice cloud_invoice > invoice billing | history balance
account_limit machine_limit how_many_machines_may > get account | limit
grouping_of_resources resource_group set_of_resources > project resources | projects tag
machine_picture server_picture server_copy machine_copy full_copy_of_the_machine > snapshot image | backup droplet
automatic_copy automatic_copies nightly_copy daily_copy daily_copies > backup backups | automatic
stack_of_resources infrastructure_as_code > stack template | deployment
machine_user service_user robot_account service_account > service account | accounts
`
