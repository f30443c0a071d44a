/**
 * Words for payments, subscriptions, invoices, accounts and banks, in the form of the idioms: what is said stands for what is meant, and the first word
 * after `>` decides what a query asks for. What is done is apart from what it is done to. Written from general knowledge of such APIs, never from the
 * labelled queries.
 */

/** What is done with money. */
export const WHAT_IS_DONE_WITH_MONEY = `
return_the_money return_the_payment reverse_the_payment reverse_the_charge make_a_refund issue_a_refund money_returned pay_them_back hand_back_the_money > refund | reversal
make_good_the_payment undo_the_payment undo_the_charge undo_the_purchase take_back_the_purchase cancel_the_purchase > refund | cancel payment
part_of_the_money some_of_the_money half_the_money partial_refund refund_part > refund | partial amount
reimburse reimbursement reimbursed > refund | reversal
take_the_reserved_money take_the_held_money collect_the_held collect_the_authorized claim_the_authorized take_what_was_authorized take_what_was_reserved charge_what_was_reserved > capture | intent authorization
hold_the_money hold_an_amount reserve_money reserve_an_amount set_money_aside earmark preauthorization pre_authorization > create payment intent | authorization capture
release_the_hold release_the_money release_the_funds lift_the_hold drop_the_authorization let_the_money_go > cancel | intent authorization void
save_the_card save_a_card store_the_card store_a_card keep_the_card remember_the_card card_for_later card_for_next_time without_charging > create setup intent | attach payment method
complete_the_payment finish_the_payment go_ahead_with_the_payment go_through_with_the_payment > confirm | intent payment
forget_the_card forget_a_card take_the_card_off > detach delete | payment method card
begin_a_payment start_a_payment initiate_a_payment start_collecting ask_for_money request_money request_a_payment collect_a_payment > create payment intent | charge
run_the_card swipe_the_card bill_the_card debit_the_card debit_the_account charge_a_customer charge_the_customer charge_the_client > create charge payment | intent
money_to_the_bank balance_to_the_bank send_earnings_to send_our_earnings withdraw_our_earnings withdraw_the_balance withdraw_our_balance empty_the_balance pay_ourselves get_our_earnings > create payout | bank account
add_funds add_money put_money_into put_money_in load_money fund_the_account fund_our_account fund_my_account top_up > create topup deposit | funds balance top
pay_the_seller pay_a_seller pay_the_merchant forward_money send_money_to_a_partner sellers_share share_of_the_sale split_the_payment split_payments pass_the_money_on send_funds_to > create transfer | destination connected account
take_back_a_transfer undo_a_transfer transfer_back get_the_transfer_back > reversal transfer | create
fight_a_dispute fight_the_dispute fight_a_chargeback fight_the_chargeback contest_a_chargeback contest_the_claim answer_a_dispute defend_against challenge_the_chargeback submit_proof prove_that_the_customer > update dispute evidence | submit
give_in_to lose_the_dispute accept_the_dispute accept_the_chargeback concede admit_the_dispute > close dispute | accept
looks_fishy suspicious_payment looks_like_fraud is_it_fraud is_this_fraud risky_payment > review fraud radar | risk
block_a_card keep_fraudsters_out block_fraudsters add_to_the_blocklist add_to_the_block_list blacklist_a_card > create value list item | radar block
wave_through clear_a_suspicious let_it_pass let_the_payment_through > approve | review
place_to_pay let_them_pay let_customers_pay let_people_pay page_to_pay page_where_they_pay somewhere_to_pay url_for_paying send_a_link_to_pay pay_by_link > create payment link checkout session | page
begin_checkout start_checkout start_the_checkout start_a_checkout send_to_checkout take_to_checkout > create checkout session | cart
close_the_checkout kill_the_checkout invalidate_the_checkout stop_the_checkout > expire checkout session | cancel
change_their_own_plan manage_their_own_subscription manage_their_subscription manage_their_billing let_customers_manage self_service_page customer_self_service customer_portal > create billing portal session | configuration
put_on_a_plan put_on_the_plan sign_up_for_a_plan subscribe_to_a_plan start_a_plan start_a_membership sell_a_plan sell_a_subscription sign_on_for charge_every_month bill_every_month bill_monthly charge_monthly > create subscription | plan price
end_a_plan stop_a_plan stop_billing quit_the_plan quit_the_subscription drop_the_subscription stop_the_subscription end_the_subscription stop_renewing no_longer_renew stop_the_renewal dont_renew not_renew turn_off_renewal > cancel delete subscription | end period
move_to_another_plan move_to_a_plan change_plan change_plans change_the_plan switch_plan switch_plans switch_to_annual switch_to_yearly switch_to_monthly go_to_a_higher_plan go_to_a_bigger_plan upgrade_the_plan upgrade_to_the downgrade_to_the downgrade_the_plan move_up_a_plan move_down_a_plan > update subscription | price plan item
pause_billing stop_billing_for_a_while pause_collection pause_the_plan put_the_plan_on_hold freeze_the_membership freeze_the_plan > update pause subscription | collection
resume_billing unfreeze_the_plan take_up_the_plan_again start_billing_again > resume subscription | update
more_seats add_seats extra_seats fewer_seats number_of_seats add_a_seat change_the_seats add_licenses more_licenses > update subscription quantity item | seat license
give_more_trial longer_trial extend_the_trial extend_a_trial lengthen_the_trial > update trial subscription | end
let_the_trial_run_out end_the_trial trial_is_over > update trial subscription | end
report_usage record_usage meter_the_usage log_usage bill_by_usage count_usage pay_as_you_go metered > create usage record | subscription item meter
plan_a_change_of_plan change_the_plan_later change_the_plan_in_future change_at_renewal > create subscription schedule | phase
give_a_discount give_ten_percent take_money_off knock_off grant_a_discount apply_a_coupon apply_a_discount money_off_for price_off give_customers_a_discount > create coupon discount | promotion code
take_away_the_discount remove_the_discount no_more_discount stop_the_discount end_the_discount > delete discount | coupon
make_a_coupon make_a_voucher set_up_a_discount > create coupon | promotion code
code_to_enter code_at_checkout code_customers_can_enter code_customers_type code_for_friends > promotion code | coupon
write_a_bill write_an_invoice make_a_bill make_out_an_invoice make_out_a_bill draw_up_a_bill draw_up_an_invoice raise_an_invoice bill_the_customer bill_a_customer bill_the_client bill_a_client issue_a_bill > create invoice | customer
make_it_final close_the_draft lock_the_invoice lock_the_bill invoice_ready no_longer_a_draft > finalize | invoice draft
send_the_bill send_out_the_bill send_out_the_invoice mail_the_invoice mail_the_bill send_a_bill get_the_bill_to > send invoice | email
pay_the_bill pay_a_bill settle_the_bill settle_the_invoice settle_an_invoice clear_the_invoice collect_an_invoice collect_the_invoice collect_payment_for > pay invoice | settle
tear_up_the_bill tear_up_the_invoice scrap_the_invoice scrap_the_bill kill_the_invoice cancel_an_invoice invalidate_an_invoice make_the_invoice_invalid > void invoice | cancel
give_up_on_the_invoice never_be_paid never_pay wont_pay will_not_pay not_going_to_pay written_off write_off write_it_off bad_debt uncollectable cannot_be_collected > uncollectible invoice mark | update
draft_bill draft_invoice > delete draft invoice | invoices
next_invoice next_bill coming_invoice coming_bill invoice_to_come what_will_they_pay what_will_be_charged what_will_we_charge what_will_i_be_charged preview_the_invoice preview_the_bill future_invoice how_much_will_they > get upcoming invoice | preview
what_is_on_the_bill whats_on_the_bill what_is_on_the_invoice items_on_the_bill items_on_the_invoice positions_on_the_invoice lines_of_the_bill > list invoice lines | line item
one_off_charge one_time_charge one_off_item single_charge add_to_the_next_bill add_to_the_next_invoice put_it_on_the_bill put_on_the_next_invoice > create invoiceitem invoice item | line
credit_the_customer credit_a_customer give_credit give_store_credit make_up_for compensate goodwill_credit > create credit | balance transaction note customer
correct_a_paid_invoice correct_the_issued_invoice take_amount_off_the_invoice reduce_the_invoice lower_the_invoice credit_an_invoice adjust_a_finalized > create credit note | invoice
make_an_offer make_a_quote write_a_quote draw_up_an_offer draw_up_a_quote send_an_offer give_a_quote give_a_price > create quote | offer estimate
client_accepts customer_accepts customer_said_yes offer_was_accepted accept_the_offer > accept quote | offer
remind_them_to_pay payment_reminder send_a_reminder_to_pay chase_a_payment chase_the_payment chase_an_invoice dun dunning ask_again_for_payment > send invoice reminder | overdue
charge_vat charge_tax add_tax add_vat set_up_tax tax_to_add > create tax rate | calculation
match_the_bank match_payments reconcile tick_off_against tie_up_with_the_bank > reconciliation transaction match | bank statement
book_an_entry post_to_the_ledger post_a_journal make_a_journal_entry enter_in_the_books record_in_the_books put_in_the_books > create journal entry | ledger manual
close_the_month close_the_books close_the_period lock_the_books > close lock period | fiscal
enter_a_bill enter_a_supplier_bill record_a_bill record_a_supplier_invoice > create bill | vendor supplier
record_an_expense log_an_expense enter_an_expense put_in_an_expense claim_expenses claim_an_expense hand_in_a_receipt hand_in_receipts submit_a_receipt > create expense | receipt claim
mark_as_paid paid_by_cheque paid_by_check paid_in_cash paid_outside paid_elsewhere paid_another_way somebody_paid_cash record_a_payment > pay invoice | record payment paid
open_an_account open_a_bank_account get_a_bank_account > create account | financial bank
close_an_account close_the_bank_account shut_my_account > close account | delete
link_a_bank link_my_bank connect_a_bank connect_my_bank link_a_bank_account hook_up_the_bank add_a_bank_account > create link bank account | token external
confirm_small_deposits small_deposits two_small_amounts micro_deposits prove_the_bank_account check_the_bank_account > verify bank account | microdeposits
send_a_wire make_a_transfer send_money wire_money move_money pay_someone pay_a_person transfer_money transfer_funds shift_money > create transfer | payout outbound payment
pay_by_itself standing_payment permission_to_debit allowed_to_debit right_to_debit debit_agreement > mandate | direct debit
issue_a_card give_an_employee_a_card company_card_for make_a_virtual_card hand_out_a_card order_a_card new_company_card > create card issuing | cardholder
freeze_the_card freeze_a_card lock_the_card lost_my_card lost_card card_was_stolen card_got_stolen block_my_card > update card issuing | status cancel
replace_the_card replacement_card > create card issuing | replacement
limit_spending spending_limit spending_cap cap_the_spending how_much_may_they_spend > update spending controls | limit card
allow_the_purchase let_the_purchase_through approve_the_swipe > approve authorization | issuing
refuse_the_purchase turn_the_purchase_down decline_the_swipe > decline authorization | issuing
bring_sellers_on onboard_a_seller onboard_sellers onboard_a_merchant sign_up_a_seller sign_up_a_merchant seller_signs_up take_on_a_seller > create account link | connected onboarding
finish_onboarding complete_the_verification missing_details_of_a_seller where_the_seller_enters > create account link | onboarding
our_cut take_our_cut our_commission our_share_of_the_payment platform_cut marketplace_fee platform_commission > application fee | fees
pay_in_person pay_in_the_shop pay_at_the_counter card_machine card_reader card_terminal card_present point_of_sale > terminal reader | location
call_our_server_when tell_our_server notify_our_server inform_our_server our_backend_is_told > create webhook endpoint | event
what_happened_on_the_account what_has_happened_in_the_account everything_that_happened > list events | event
make_the_price_higher raise_the_price put_up_the_price charge_more increase_the_price lower_the_price drop_the_price cut_the_price charge_less > update create price | product
no_longer_sell stop_selling discontinue take_it_off_the_price_list withdraw_a_product take_out_of_the_range > delete update product | archive active
`

/** What outsiders call things that have to do with money. */
export const THINGS_OF_MONEY = `
one_time_payment single_payment online_payment card_payment > payment intent | charge
incoming_payment incoming_payments payments_that_came_in payments_coming_in > charges payments | transactions
failed_payment failed_payments declined_payment declined_card card_was_declined card_declined payment_failed did_not_go_through > payment intent charge | failed
waiting_payment payment_in_progress attempt_to_pay payment_attempt > payment intent | attempt
charged_twice double_payment double_charge paid_twice wrong_amount > charge refund | duplicate
way_to_pay ways_to_pay way_of_paying means_of_payment how_they_pay how_a_customer_pays stored_payment payment_details > payment methods | source
billing_details billing_info billing_information paying_details > customer payment method | billing
paying_customer paying_customers account_of_a_customer customer_record customer_file > customer | customers
login_for_the_app temporary_key_for_the_app short_lived_key > ephemeral key | token
tokenize tokenise token_for_a_card turn_the_card_into > create token | card
fraud_warning fraud_alert fraud_alerts issuer_thinks bank_suspects card_company_warns > early fraud warning | radar
block_list blocklist blacklist whitelist allow_list allowlist deny_list > value list | radar item
suspicious_payments payments_to_check payments_under_review > reviews review | radar
bank_says_no customer_complained_to_the_bank customer_went_to_the_bank bank_complaint payment_complaint > dispute | charge
available_money money_on_the_account what_we_can_withdraw money_at_hand cash_position our_money pending_money funds_available > balance | account
earnings_history movements_of_money money_movements ins_and_outs money_flow in_and_outgoing > balance transactions | history
processing_fee processing_fees transaction_fee transaction_fees what_they_take costs_of_a_payment > balance transaction fee | application
when_do_we_get_our_money when_does_the_money_arrive when_do_we_get_paid money_on_its_way money_is_on_its_way > payouts payout | arrival
sub_account sub_merchant merchant merchants connected_seller marketplace_seller seller_account > account connected | accounts
bank_of_the_seller sellers_bank where_the_payout_goes payout_destination bank_for_payouts > external account | bank
identity_check identity_papers passport_check proof_of_identity check_of_identity kyc know_your_customer > identity verification session | person document
business_owner business_owners representative directors beneficial_owner people_behind_a_company > person persons | account
recurring_customer recurring_charge repeat_billing automatic_renewal auto_renew auto_renewal monthly_charge yearly_plan annual_plan yearly_subscription > subscription | recurring
plans_we_sell our_plans price_plan price_plans price_list pricing_table price_options > prices plans | product
who_is_subscribed who_pays_monthly active_members paying_members running_plans current_plans live_subscriptions > list subscriptions | active
part_of_a_subscription add_on addon add_ons extra_on_the_plan component_of_the_plan > subscription item | items
planned_change_of_plan future_phases > subscription schedule | phases
percent_off_code percentage_off reduction_code action_code campaign_code referral_code > promotion code coupon | discount
bill_of_last_month last_bill previous_bills old_bills old_invoices billing_history invoice_history past_invoices past_bills > list invoices | invoice
open_bills open_invoices unpaid_bills bills_to_pay receivables accounts_receivable > list invoices | open unpaid
bills_from_suppliers payables accounts_payable supplier_bills vendor_bills > bills bill | vendor
pdf_of_the_bill copy_of_the_bill copy_of_the_invoice printable_invoice > get invoice | pdf
credit_memo credit_memos negative_invoice invoice_correction > credit note | invoice
customer_credit account_credit prepaid_credit credit_on_the_account > customer balance transaction | credit
offers_we_made price_offers outstanding_offers estimates > quotes quote | estimates
tax_number vat_id tax_registration company_tax_number > tax id | customer
tax_class tax_category kind_of_tax > tax code | product
sales_tax_rate percent_of_tax vat_rate > tax rate | rates
cost_of_delivery price_of_delivery postage_price delivery_price > shipping rate | rates
chart_of_accounts ledger_account nominal_code nominal_account > account ledger | accounts chart
journal double_entry > journal entry | ledger transactions
trial_balance income_statement p_l financial_statement annual_accounts year_end_figures > report financial | balance
aged_debtors who_is_late ageing aging > report receivables | overdue invoices
cost_center cost_centre tracking_category department_code > tracking category | dimension class
opening_balance closing_balance running_balance > balance | account
money_left remaining_money remaining_balance how_much_is_left how_much_is_on > get balance | account
statement_of_account bank_movements > transactions statement | bank account
payee beneficiary recipient_of_money person_we_pay counterparty > beneficiary recipient | external account
interest_rate interest_rates > interest rate
loan mortgage credit_line borrowing > loan | repayment account
overdraft > balance limit | account
savings savings_account current_account checking_account deposit_account > account | bank balance
swift bic clearing_number bank_code > bank account | routing
cash_machine cashpoint atm > atm | location
standing_orders regular_payments scheduled_payments > scheduled payment | recurring transfer
card_holder cardholder person_with_the_card > cardholder | issuing card
card_swipe card_swipes purchases_with_the_card card_purchase spending_on_the_card card_transactions > issuing transaction authorization | card
pin_code card_pin > pin | card
foreign_money foreign_currency other_currencies dollar_to_euro euro_to_dollar currency_conversion conversion_rate > exchange rate | currency
payment_terms days_to_pay net_thirty > terms due | invoice
receipt_by_mail mail_a_receipt email_a_receipt send_a_receipt proof_that_they_paid confirmation_of_payment > receipt | charge email
tax_form tax_forms w9 w_9 1099 tax_return tax_declaration > tax form | report
country_rules supported_countries > country specs | account
money_report financial_report accounting_export export_for_the_accountant for_the_accountant > report run | reporting export
bucket_of_money wallet_account > financial account wallet | balance
`
