/**
 * Words for staff, pay, forms, surveys, signatures and contracts, in the form of the idioms. What is done is apart from what it is done to. Written from
 * general knowledge of such APIs, never from the labelled queries.
 */

/** What is done about staff, pay and paperwork. */
export const WHAT_STAFF_DOES = `
hire_someone hire_somebody hire_a_person new_person_starts starts_on_monday joins_the_company joined_the_company join_our_company starts_working give_someone_a_job add_to_the_staff somebody_new_starts > create employee | hire user
left_the_company leaves_the_company leave_the_company leaving_the_company no_longer_works_here no_longer_with_us quit_her_job quit_his_job quit_their_job handed_in_notice gave_notice was_fired got_fired make_redundant lay_off get_the_sack > terminate employee | termination deactivate user
gets_promoted got_promoted new_job_title changed_jobs changed_position moves_to_another_department changes_department move_to_another_team > update employee job | position department
pay_more give_more_pay gets_a_raise get_a_raise give_a_raise raise_the_salary raise_the_pay change_the_salary adjust_the_pay > update compensation salary | employee
pay_the_staff pay_everyone pay_our_people pay_employees pay_the_employees pay_wages pay_salaries run_the_payroll do_the_payroll pay_run monthly_pay > create run submit payroll | pay
give_a_bonus pay_a_bonus one_time_bonus christmas_bonus > create bonus | compensation payroll
take_a_day_off take_time_off take_a_week_off take_a_holiday book_holiday book_a_holiday book_vacation ask_for_holiday ask_for_time_off ask_for_leave request_holiday put_in_for_leave apply_for_leave apply_for_vacation wants_a_day_off wants_time_off > create leave request time off | absence vacation
allow_the_holiday grant_the_holiday grant_the_leave approve_the_holiday approve_the_vacation say_yes_to_the_holiday > approve leave request time off | absence
refuse_the_holiday refuse_the_leave say_no_to_the_holiday turn_down_the_holiday > reject deny leave request time off | absence
who_is_away who_is_off who_is_on_holiday who_is_out who_is_on_vacation who_is_absent who_is_sick who_is_missing > list absences leave time off | whos out
how_many_days_left how_many_days_off days_of_holiday holiday_left holidays_left vacation_left leave_left remaining_leave holiday_balance > get balance leave time off | entitlement
is_sick is_ill feels_ill sick_today sick_note doctors_note reported_sick > create absence sick | leave
arrive_at_work punch_in check_in_for_work begin_the_shift punch_out end_the_shift > clock create time entry | shift start stop
book_hours enter_hours enter_my_hours log_hours log_my_hours log_time log_my_time log_the_time record_hours record_time write_down_hours fill_in_my_timesheet hours_for_a_project > create time entry | timesheet
who_works_when who_works_today who_works_tomorrow who_is_on_shift plan_the_shifts make_the_roster > list shifts schedule | roster
take_the_late_shift swap_shifts swap_a_shift change_shifts trade_shifts > shift swap | update schedule
look_for_staff advertise_a_job post_a_job put_up_a_job look_for_a_new_employee open_a_position > create job posting | requisition opening
apply_for_a_job applied_for someone_applied somebody_applied put_in_an_application > create application candidate | apply job
next_round move_the_candidate move_to_the_interview invite_to_an_interview candidate_goes_on go_to_the_next_round > advance move application stage | candidate interview
turn_down_a_candidate turn_down_an_applicant reject_an_applicant not_good_enough say_no_to_the_candidate > reject application | candidate
make_a_job_offer offer_the_job offer_a_job give_the_candidate_the_job > create offer | candidate application
rate_a_candidate opinion_of_a_candidate how_was_the_interview interview_notes > scorecard feedback | interview candidate
give_feedback_to_an_employee review_an_employee yearly_talk annual_review yearly_review appraise > create review performance | feedback
send_on_a_course train_the_staff training_for_an_employee > training course | enrollment employee
give_a_laptop hand_out_a_laptop equipment_of_an_employee company_laptop work_laptop company_phone > asset equipment | employee device
sign_up_for_insurance choose_benefits enroll_in_benefits > enrollment benefit | employee
make_a_form build_a_form make_a_questionnaire make_a_survey build_a_survey set_up_a_survey design_a_form design_a_survey > create form survey | questionnaire
ask_a_question_in_the_form add_a_question put_in_another_question > create question | form survey item
ask_the_customers ask_our_customers ask_people_what ask_people_for_their_opinion ask_the_staff ask_everyone_what send_out_a_survey send_the_survey invite_to_a_survey > send create survey | collector invitation
close_the_survey stop_taking_answers stop_accepting_answers > close update survey form | status
what_did_people_answer what_did_they_answer how_did_people_answer who_filled_in who_filled_out who_has_answered who_responded filled_in_forms filled_out_forms answers_we_got submitted_answers > list responses submissions | answers form survey
start_a_vote let_people_vote let_them_vote let_the_team_vote have_a_vote hold_a_vote take_a_vote make_a_poll ask_for_a_show_of_hands > create poll | vote
cast_a_vote give_my_vote vote_for > create vote | poll
who_won_the_vote result_of_the_vote how_did_they_vote votes_so_far > get poll results | votes
get_signed get_a_signature get_signatures have_it_signed have_signed let_them_sign send_for_signing send_out_for_signing send_for_signature ask_to_sign request_a_signature needs_a_signature needs_signing put_up_for_signature > create send envelope signature request | sign
sign_the_contract sign_the_document sign_the_agreement sign_online sign_here_and_now page_for_signing where_they_sign > create recipient view embedded sign | signature url
did_they_sign has_he_signed has_she_signed have_they_signed who_signed who_has_signed who_has_not_signed who_hasnt_signed who_still_has_to_sign is_it_signed was_it_signed signed_yet > get list envelope recipients status | signature request signers
remind_them_to_sign remind_the_signer push_for_the_signature ask_again_for_the_signature > remind resend signature request | envelope recipient
take_back_the_contract withdraw_the_contract recall_the_document no_longer_to_be_signed stop_the_signing > void cancel envelope | signature request
refuse_to_sign wont_sign will_not_sign > decline | envelope signature
get_the_signed_copy get_the_signed_version signed_copy signed_version signed_document signed_pdf download_the_contract > get download document envelope | files signature request
add_a_signer add_another_signer one_more_has_to_sign also_has_to_sign > create add recipient signer | envelope
make_a_contract draw_up_a_contract write_a_contract prepare_a_contract contract_from_a_template > create document contract | template
contract_runs_out contract_ends renew_the_contract extend_the_contract contract_is_up > update renew contract | agreement renewal
`

/** What outsiders call the things of staff, pay and paperwork. */
export const THINGS_OF_STAFF = `
our_people our_staff our_employees everyone_who_works people_who_work_here list_of_employees staff_list workforce headcount who_works_for_us > list employees | employee users
staff_file employee_file personal_file personnel_file employee_record employee_details > get employee | employees
home_address_of private_address emergency_contact next_of_kin > employee contact | emergency
boss_of manager_of supervisor_of who_is_the_boss who_is_her_boss who_is_his_boss line_manager reporting_to reports_to > manager employee | reports
people_under direct_report direct_reports subordinates > direct reports employee | manager
job_title job_titles role_in_the_company position_in_the_company > job title position | employee
departments_of_the_company organization_chart organisation_chart structure_of_the_company company_structure > departments department | organization unit
office_location place_of_work workplace_of > location work | office
pay_stub pay_stubs pay_slips payslips wage_slip salary_slip proof_of_income > pay stub payslip | payroll statement
what_they_earn what_does_he_earn what_does_she_earn how_much_does_he_earn how_much_does_she_earn yearly_salary hourly_wage hourly_rate pay_rate > compensation salary | employee
pay_period pay_periods pay_schedule when_are_we_paid when_is_payday payday > pay period schedule | payroll
tax_withheld deductions_from_pay withholding garnishment > deduction tax | payroll
pension retirement_plan 401k health_plan health_insurance sick_pay > benefit | plan employee
holiday_request holiday_requests leave_request leave_requests vacation_request vacation_requests requests_for_leave > leave requests time off | absence
kinds_of_leave leave_type leave_types kind_of_absence > leave type time off | policy
maternity paternity parental_leave maternity_leave sabbatical compassionate_leave > leave | absence
holiday_allowance holiday_entitlement vacation_days annual_holiday > entitlement allowance leave | balance time off
overtime extra_hours hours_this_week hours_this_month how_many_hours_did how_long_did_they_work time_worked > time entries timesheet | hours
rota roster duty_roster shift_plan work_schedule working_hours > shifts schedule | roster
billable hours_to_bill billable_hours > time entries | billable
job_seekers applicants people_who_applied job_applications people_who_want_a_job > candidates applications | applicants
open_jobs open_positions jobs_we_offer vacancies job_offers job_listings careers_page > list jobs postings | positions openings
hiring_stage hiring_process stage_of_an_application > stage application | interview
cover_letter curriculum_vitae letter_of_application > resume attachment | candidate
work_contract employment_contract > contract document | employee
onboarding_list first_day_tasks onboarding_tasks > onboarding task | employee
skills qualifications certificates_of_an_employee driving_licence > skill certification | employee
staff_survey employee_survey mood_of_the_team > survey engagement | response
company_policy handbook staff_handbook > document policy | file
birthday_list anniversaries_of > employee | date
customer_survey feedback_form contact_form online_form registration_form entry_form application_form web_form > form | submission survey
questions_of_the_survey questions_of_the_form questions_in_the_form > questions form | survey items
answers_of_one_person one_filled > response submission | get
how_many_answered how_many_responses how_many_filled number_of_answers response_rate > responses statistics | count survey summary
answer_options multiple_choice tick_box tick_boxes check_boxes dropdown > choice option | question field
rating_scale star_rating > rating scale | question
link_to_the_form link_to_the_survey where_to_fill > form link | collector url
thank_you_page thanks_screen > form settings | thank
hidden_field prefilled prefill > field | hidden form
legal_document legal_documents papers_to_sign paper_to_sign thing_to_sign document_to_sign contract_to_sign > envelope document | signature request
signer signers signatory signatories who_signs who_has_to_sign who_must_sign people_who_sign signing_party > recipients signers | envelope signature
signing_order who_signs_first order_of_signing > recipients routing | signing order
place_for_the_signature where_to_sign signature_line signature_box place_to_sign > tabs field signature | document
contract_template contract_templates standard_contract template_of_a_contract > templates template | document
signing_history proof_of_signing who_signed_when signing_certificate > audit trail events | envelope certificate
unsigned_contracts waiting_for_signature waiting_for_signatures contracts_out not_signed_yet out_for_signature > list envelopes signature requests | sent pending
contract_clause clause clauses small_print terms_and_conditions > clause | contract terms document
expiry_of_the_contract end_of_the_contract notice_period end_date_of_the_contract > contract | expiration renewal
stamp_of_the_company company_stamp > seal | signature
`
